// slipway, the thin client: finds or starts the server, hands it the command, does what it answers. No logic but this.
#include "client/connection.h"
#include "client/holder.h"
#include "client/leave.h"
#include "client/paths.h"
#include "client/server_start.h"
#include "client/session.h"
#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define RUN_HINT "Set SLIPWAY_RUN to a directory of your own with mode 0700."

// Whoever starts this program may have closed them; what is opened next must not become the person's output.
static void fill_standard_descriptors(void) {
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) _exit(EXIT_ENGINE);
}

// -1 when nobody listens; ends the program when the directory is not to be trusted.
static int find_server(const char *run) {
    struct error err = {0};
    CLEAN_FD int dir = paths_open_run(run, &err);
    if (dir < 0 && err.step[0] != '\0') leave_failed("find the server", &err, RUN_HINT);
    if (dir < 0) return -1;
    CLEAN_FD int server = connection_open_at(dir, SERVER_SOCKET);
    if (server < 0 && (errno == ENOENT || errno == ECONNREFUSED)) return -1;
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (server < 0 || getsockopt(server, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
        error_errno(&err, "connect to", run);
        leave_failed("find the server", &err, "");
    }
    if (peer.uid != geteuid()) {
        error_set(&err, EACCES, "connect to", run, "the server there belongs to another user");
        leave_failed("find the server", &err, RUN_HINT);
    }
    return take_fd(&server);
}

static int start_server(const char *run) {
    static struct server_word word;
    server_start(run, &word);
    int server = word.text[0] == '\0' ? find_server(run) : -1;
    if (server >= 0) return server;
    if (word.text[0] == '\0') snprintf(word.text, sizeof word.text, "start server: it ended right after it was ready");
    fprintf(stderr, "slipway: %s\n", word.text);
    if (word.hint[0] != '\0') fprintf(stderr, "%s\n", word.hint);
    exit(EXIT_ENGINE);
}

// What is no reason to start a server: ending it, and a Tab in a shell.
static bool needs_running_server(int argc, char **argv) {
    bool stop = argc >= 3 && strcmp(argv[1], "server") == 0 && strcmp(argv[2], "stop") == 0;
    return stop || (argc >= 2 && strcmp(argv[1], "__complete") == 0);
}

static int run_command(const char *run, int argc, char **argv) {
    int server = find_server(run);
    if (server < 0 && needs_running_server(argc, argv)) return 0;
    if (server < 0) server = start_server(run);
    int code = session_run(server, argc > 0 ? argv + 1 : argv);
    close(server);
    return code;
}

int main(int argc, char **argv) {
    fill_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    holder_remember_arguments(argc, argv);
    CLEAN_FREE char *run = paths_run();
    if (run == NULL) return EXIT_ENGINE;
    int code = run_command(run, argc, argv);
    if (code != SESSION_UNREAD) return code;
    // It was ending, idle or killed, when it got the connection.
    code = run_command(run, argc, argv);
    if (code != SESSION_UNREAD) return code;
    struct error err = {0};
    error_set(&err, 0, "send the command", NULL, "the server ended without reading it, twice");
    leave_failed("talk to the server", &err, "See server.log in the data directory.");
}
