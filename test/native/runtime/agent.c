// A seccomp agent: takes one container process state at the socket argv[1], prints it, and answers mkdir and mkdirat with success without
// making anything; other calls go on. Ends when the last process of the filter has.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int accept_one(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) < 0 || listen(listening, 1) < 0) return -1;
    puts("ready");
    fflush(stdout);
    int from = accept(listening, NULL, NULL);
    close(listening);
    return from;
}

static int take(int from, char *text, size_t size) {
    char space[CMSG_SPACE(sizeof(int))];
    struct iovec part = {text, size - 1};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    ssize_t got = recvmsg(from, &head, 0), more;
    int fd = -1;
    if (got <= 0 || CMSG_FIRSTHDR(&head) == NULL) return -1;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&head)), sizeof fd);
    while ((more = read(from, text + got, size - 1 - (size_t)got)) > 0) got += more;
    text[got] = '\0';
    return fd;
}

static int answer(int listener) {
    struct seccomp_notif asked = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0) return errno == EINTR || errno == ENOENT ? 0 : -1;
    struct seccomp_notif_resp reply = {.id = asked.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    if (asked.data.nr == SYS_mkdirat) reply.flags = 0;
#ifdef SYS_mkdir
    if (asked.data.nr == SYS_mkdir) reply.flags = 0;
#endif
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) < 0 && errno != ENOENT ? -1 : 0;
}

int main(int argc, char **argv) {
    char text[65536];
    int from = argc == 2 ? accept_one(argv[1]) : -1, listener = from < 0 ? -1 : take(from, text, sizeof text);
    struct pollfd wait = {.fd = listener, .events = POLLIN};
    if (listener < 0) return 1;
    puts(text);
    fflush(stdout);
    while (poll(&wait, 1, -1) > 0 && (wait.revents & POLLHUP) == 0)
        if (answer(listener) < 0) return 2;
    return 0;
}
