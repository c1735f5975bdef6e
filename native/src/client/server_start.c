// Starts the server when nobody listens. Knows no command.
//
// A process of its own does it: it changes namespaces, and it goes on when the person interrupts the client, so that a
// start is never left half-way with its lock released.
#include "client/server_start.h"

#include "client/connection.h"
#include "client/delegation.h"
#include "client/holder.h"
#include "client/paths.h"
#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK_SECONDS 10
#define LOG_MAX (8 << 20)

struct start {
    const char *run;
    char *data;
    int run_dir;
    int lock, data_lock;
    int log;
    const char *mode;
    char reason[256];
    struct programs programs;
    struct delegation delegation;
    struct server_word *word;
};

static int start_failed(struct start *start, const struct error *err, const char *hint) {
    char text[900];
    error_text(err, text, sizeof text);
    snprintf(start->word->text, sizeof start->word->text, "start server: %s", text);
    snprintf(start->word->hint, sizeof start->word->hint, "%s", hint);
    return -1;
}

// A new descriptor of the file each time: flock belongs to the open file.
static int open_lock(int dir, const char *name) {
    return openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static void on_alarm(int number) {
    (void)number;
}

// Waits a bounded time for a server that is ending to give up the lock.
static int wait_for_lock(int lock) {
    struct sigaction action = {.sa_handler = on_alarm}, before;
    sigaction(SIGALRM, &action, &before); // no SA_RESTART: the alarm ends the wait
    alarm(LOCK_SECONDS);
    int result = flock(lock, LOCK_EX);
    alarm(0);
    sigaction(SIGALRM, &before, NULL);
    return result;
}

static int take_lock(struct start *start) {
    struct error err = {0};
    size_t size;
    start->lock = open_lock(start->run_dir, "lock");
    if (start->lock < 0) return error_errno(&err, "open", "lock"), start_failed(start, &err, "");
    if (flock(start->lock, LOCK_EX | LOCK_NB) == 0) return 0;
    if (errno == EWOULDBLOCK && wait_for_lock(start->lock) == 0) return 0;
    CLEAN_FREE char *pid = io_read_file(start->run_dir, "lock", 32, &size);
    int number = pid == NULL ? 0 : atoi(pid);
    if (number <= 0) error_set(&err, EWOULDBLOCK, "lock", start->run, "another process holds it but does not answer");
    else error_set(&err, EWOULDBLOCK, "lock", start->run, "the server with process id %d holds it but does not answer", number);
    return start_failed(start, &err, "End that process, then try again.");
}

// For root, or root of a namespace that somebody else made.
static int enter_as_root(struct start *start) {
    start->mode = id_map_is_initial() ? "root" : id_map_is_single(0) ? "single-id" : "rootless";
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0) return 0;
    snprintf(start->reason, sizeof start->reason, "a mount namespace can't be made: %s", strerrordesc_np(errno));
    start->mode = "none";
    return 0;
}

static int enter_as_user(struct start *start) {
    struct error err = {0};
    struct holder holder;
    switch (holder_enter(start->run_dir, &holder, &err)) {
    case HOLDER_FAILED: return start_failed(start, &err, "");
    case HOLDER_REFUSED: start->mode = "none"; break;
    case HOLDER_JOINED: start->mode = holder.single ? "single-id" : "rootless"; break;
    }
    memcpy(start->reason, holder.reason, sizeof start->reason);
    return 0;
}

static int write_owner(struct start *start) {
    struct error err = {0};
    if (ftruncate(start->data_lock, 0) < 0 || io_write_full(start->data_lock, start->run, strlen(start->run)) < 0)
        return error_errno(&err, "write", "lock"), start_failed(start, &err, "");
    return 0;
}

// A holder with our own runtime directory, whose lock we have: a server that was killed. The kernel lets go of its locks one by one.
static bool is_predecessor(const struct start *start, const char *holder) {
    return holder != NULL && strcmp(holder, start->run) == 0;
}

// One server per data directory, also when people reach it with different runtime directories: the second would take the
// containers of the first for dead.
static int lock_data(struct start *start, int dir) {
    struct error err = {0};
    size_t size;
    start->data_lock = open_lock(dir, "lock");
    if (start->data_lock < 0) return error_errno(&err, "open", "lock"), start_failed(start, &err, "");
    if (flock(start->data_lock, LOCK_EX | LOCK_NB) < 0) {
        char hint[600];
        CLEAN_FREE char *run = io_read_file(dir, "lock", 512, &size);
        if (is_predecessor(start, run) && wait_for_lock(start->data_lock) == 0) return write_owner(start);
        error_set(&err, EWOULDBLOCK, "use", start->data, "a server with another runtime directory uses it");
        snprintf(hint, sizeof hint, "Set SLIPWAY_RUN=%s to talk to it.", run == NULL ? "" : run);
        return start_failed(start, &err, hint);
    }
    return write_owner(start);
}

static int open_data(struct start *start) {
    struct error err = {0};
    static const char hint[] = "Set SLIPWAY_DATA to a directory of your own.";
    start->data = paths_data();
    if (start->data == NULL) {
        error_set(&err, 0, "find the data directory", NULL, "HOME is not set");
        return start_failed(start, &err, hint);
    }
    CLEAN_FD int dir = paths_make(start->data, &err) < 0 ? -1 : paths_open_data(start->data, &err);
    if (dir < 0) return start_failed(start, &err, hint);
    if (lock_data(start, dir) < 0) return -1;
    struct stat st;
    if (fstatat(dir, "server.log", &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > LOG_MAX) renameat(dir, "server.log", dir, "server.log.1");
    start->log = openat(dir, "server.log", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (start->log < 0) return error_errno(&err, "open", "server.log"), start_failed(start, &err, hint);
    return 0;
}

// What follows has no terminal: words of helpers go to the log.
static void leave_terminal(int log) {
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
}

// Under start.lock: another client's server, or a new one.
static int start_one(struct start *start) {
    struct error err = {0};
    CLEAN_FD int found = connection_open_at(start->run_dir, SERVER_SOCKET);
    if (found >= 0) return 0;
    if (programs_find(&start->programs, &err) < 0) return start_failed(start, &err, "Build Slipway again, or set SLIPWAY_NODE to a Node 24 or newer.");
    if (take_lock(start) < 0 || open_data(start) < 0) return -1;
    leave_terminal(start->log);
    delegation_ask(start->run, &start->delegation); // before the holder, which lives there too
    if ((geteuid() == 0 ? enter_as_root(start) : enter_as_user(start)) < 0) return -1;
    if (strcmp(start->mode, "none") != 0) programs_bind(&start->programs, start->run);
    struct server_plan plan = {
        .programs = &start->programs, .run = start->run, .data = start->data,
        .mode = start->mode, .reason = start->reason, .cgroup = start->delegation.path, .cgroup_reason = start->delegation.reason,
        .lock = start->lock, .data_lock = start->data_lock, .log = start->log,
    };
    server_process_start(&plan, start->word);
    return 0;
}

static int start_locked(const char *run, struct server_word *word) {
    struct error err = {0};
    CLEAN_FREE struct start *start = calloc(1, sizeof *start);
    if (start == NULL) return -1;
    start->run = run;
    start->word = word;
    start->run_dir = paths_make(run, &err) < 0 ? -1 : paths_open_run(run, &err);
    if (start->run_dir < 0) {
        if (err.step[0] == '\0') error_errno(&err, "use", run);
        return start_failed(start, &err, "Set SLIPWAY_RUN to a directory of your own with mode 0700.");
    }
    CLEAN_FD int lock = open_lock(start->run_dir, "start.lock");
    if (lock < 0 || flock(lock, LOCK_EX) < 0) return error_errno(&err, "open", "start.lock"), start_failed(start, &err, "");
    return start_one(start);
}

static _Noreturn void start_in_child(const char *run, int answer) {
    struct server_word word = {{0}, {0}};
    setsid();
    signal(SIGHUP, SIG_DFL);
    (void)start_locked(run, &word);
    (void)io_write_full(answer, &word, sizeof word);
    _exit(0);
}

void server_start(const char *run, struct server_word *word) {
    int ends[2];
    pid_t pid = pipe2(ends, O_CLOEXEC) < 0 ? -1 : fork();
    if (pid == 0) start_in_child(run, ends[1]);
    if (pid < 0) {
        snprintf(word->text, sizeof word->text, "start server: start a process: %s", strerrordesc_np(errno));
        return;
    }
    close(ends[1]);
    if (io_read_full(ends[0], word, sizeof *word) != sizeof *word) {
        snprintf(word->text, sizeof word->text, "start server: the process that starts it was killed");
    }
    close(ends[0]);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}
