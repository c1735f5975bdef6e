// One connection, one shim: the child that accept's other side asked for runs shim_main with the words it was sent, and the
// connection as standard output. The parent never reads from a connection, so no client can hold it up.
#include "launcher.h"

#include "client.h"
#include "common/cleanup.h"
#include "common/frame.h"
#include "common/io.h"
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { MAX_REQUEST = 64 << 10, MAX_WORDS = 64, REQUEST_SECONDS = 10 };

// u32be length, then that many bytes: words, each ended by a zero byte. The memory lives as long as the process.
static int read_words(int connection, char **words, struct error *err) {
    static char text[MAX_REQUEST];
    uint8_t header[4];
    int count = 0;
    if (io_read_full(connection, header, sizeof header) != sizeof header) return error_set(err, EPROTO, "launch", NULL, "no request");
    size_t length = get_u32be(header);
    if (length == 0 || length > sizeof text) return error_set(err, EMSGSIZE, "launch", NULL, "request of %zu bytes", length);
    if (io_read_full(connection, text, length) != (ssize_t)length || text[length - 1] != 0)
        return error_set(err, EPROTO, "launch", NULL, "request cut short");
    for (char *at = text; at < text + length; at += strlen(at) + 1) {
        if (count == MAX_WORDS) return error_set(err, E2BIG, "launch", NULL, "too many words");
        words[count++] = at;
    }
    return count;
}

// 0 and 2 no longer the launcher's, 1 the connection; everything else closed by the shim itself.
static int take_stdio(int connection, struct error *err) {
    CLEAN_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 2) < 0 || dup2(connection, 1) < 0) return error_errno(err, "launch", NULL);
    return 0;
}

// In the child.
static int become_shim(int connection) {
    static char *words[MAX_WORDS];
    struct error err = {0};
    struct timeval patience = {.tv_sec = REQUEST_SECONDS};
    prctl(PR_SET_NAME, "slipway-shim");
    signal(SIGCHLD, SIG_DFL);
    (void)setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int count = read_words(connection, words, &err);
    if (count < 0 || take_stdio(connection, &err) < 0) return 1;
    return shim_main(count, words);
}

static int listen_at(const char *path, struct error *err) {
    CLEAN_FD int listener = client_listen(path, err);
    if (listener < 0) return -1;
    if (fcntl(listener, F_SETFL, 0) < 0) return error_errno(err, "listen", path);
    return take_fd(&listener);
}

// Accepts until standard input ends. Returns a connection in the child, -1 in the parent when it is over.
static int serve(int listener) {
    struct pollfd both[] = {{.fd = STDIN_FILENO}, {.fd = listener, .events = POLLIN}};
    for (;;) {
        if (poll(both, 2, -1) < 0 && errno != EINTR) return -1;
        if ((both[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return -1;
        if ((both[1].revents & POLLIN) == 0) continue;
        CLEAN_FD int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0 || !client_is_own(connection)) continue;
        if (fork() == 0) return take_fd(&connection);
    }
}

int launcher_main(int argc, char **argv) {
    struct error err = {0};
    if (argc != 2 || strcmp(argv[0], "--socket") != 0) return 1;
    // Shims are reaped by nobody here; whoever watches one is told by its socket.
    struct sigaction reap = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    if (sigaction(SIGCHLD, &reap, NULL) < 0 || (setsid() < 0 && errno != EPERM)) return 1;
    CLEAN_FD int listener = listen_at(argv[1], &err);
    if (listener < 0 || io_write_full(STDOUT_FILENO, "ready\n", 6) < 0) return 1;
    int connection = serve(listener);
    return connection < 0 ? 0 : become_shim(connection);
}
