// The server as a process. Knows no lock and no namespace.
#include "client/server_process.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_FD 3
#define LOCK_FD 4
#define LOG_TAIL 900

// The person's environment without VS Code's own.
static char **environment(void) {
    size_t count = 0, used = 0;
    while (environ[count] != NULL) count++;
    char **kept = calloc(count + 1, sizeof *kept);
    if (kept == NULL) return NULL;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "VSCODE_", 7) != 0) kept[used++] = environ[i];
    return kept;
}

static void signals_as_new(void) {
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Puts each descriptor on its number; they are moved above all of these first, so that none is overwritten.
static bool descriptors(const struct server_plan *plan, int ready) {
    int from[] = {plan->data_lock, plan->log, plan->log, ready, plan->lock}, high[5];
    for (int i = 0; i < 5; i++) {
        high[i] = fcntl(from[i], F_DUPFD, 10);
        if (high[i] < 0) return false;
    }
    for (int i = 0; i < 5; i++)
        if (dup2(high[i], i) < 0) return false;
    return close_range(LOCK_FD + 1, ~0u, 0) == 0 || errno == ENOSYS;
}

static _Noreturn void run_server(const struct server_plan *plan, int ready) {
    const struct programs *programs = plan->programs;
    // Buffers of bytes that went through are freed with V8's young objects: rarely, where those have much room.
    static char young_space[] = "--max-semi-space-size=2"; // MiB
    char *argv[26] = {(char *)(uintptr_t)programs->node, young_space, (char *)(uintptr_t)programs->server};
    const char *options[][2] = {
        {"--run", plan->run},           {"--data", plan->data}, {"--bin", programs->bin}, {"--client", programs->client}, {"--mode", plan->mode},
        {"--ready-fd", "3"},            {"--lock-fd", "4"},     {"--mode-reason", plan->reason},
        {"--cgroup", plan->cgroup},     {"--cgroup-reason", plan->cgroup_reason},
    };
    size_t count = 3;
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i][1][0] == '\0') continue;
        argv[count++] = (char *)(uintptr_t)options[i][0];
        argv[count++] = (char *)(uintptr_t)options[i][1];
    }
    char **kept = environment();
    setsid();
    umask(022);
    signals_as_new();
    if (kept != NULL && chdir("/") == 0 && descriptors(plan, ready)) {
        execve(programs->node, argv, kept);
        ready = READY_FD;
    }
    dprintf(ready, "error: start server: run %s: %s\n", programs->node, strerrordesc_np(errno));
    _exit(127);
}

// The first line that comes down the pipe; "" when it ends before one.
static void read_line(int fd, char *line, size_t room) {
    size_t used = 0;
    while (used < room - 1) {
        ssize_t got = read(fd, line + used, room - 1 - used);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        used += (size_t)got;
        if (memchr(line, '\n', used) != NULL) break;
    }
    line[used] = '\0';
    line[strcspn(line, "\n")] = '\0';
}

// The last lines that the server wrote since `from`.
static void log_tail(int log, off_t from, char *text, size_t room) {
    struct stat st;
    char path[64], tail[LOG_TAIL + 1];
    snprintf(path, sizeof path, "/proc/self/fd/%d", log);
    CLEAN_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) return;
    off_t start = st.st_size - from > LOG_TAIL ? st.st_size - LOG_TAIL : from;
    ssize_t got = pread(fd, tail, LOG_TAIL, start);
    if (got <= 0) return;
    tail[got] = '\0';
    const char *line = start == from ? tail : strchr(tail, '\n'); // never half a line
    snprintf(text, room, "It wrote:\n%s", line == NULL ? tail : line);
    for (size_t end = strlen(text); end > 0 && text[end - 1] == '\n'; end--) text[end - 1] = '\0';
}

static void died(pid_t pid, const struct server_plan *plan, off_t log_start, struct server_word *word) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFSIGNALED(status)) snprintf(word->text, sizeof word->text, "start server: it was killed by signal %d", WTERMSIG(status));
    else snprintf(word->text, sizeof word->text, "start server: it ended with code %d before it was ready", WEXITSTATUS(status));
    snprintf(word->hint, sizeof word->hint, "See %s/server.log.", plan->data);
    log_tail(plan->log, log_start, word->hint, sizeof word->hint);
}

void server_process_start(const struct server_plan *plan, struct server_word *word) {
    int ends[2];
    char line[sizeof word->text];
    struct stat log;
    if (pipe2(ends, O_CLOEXEC) < 0 || fstat(plan->log, &log) < 0) {
        snprintf(word->text, sizeof word->text, "start server: %s", strerrordesc_np(errno));
        return;
    }
    pid_t pid = fork();
    if (pid == 0) run_server(plan, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        snprintf(word->text, sizeof word->text, "start server: start a process: %s", strerrordesc_np(errno));
    } else {
        read_line(ends[0], line, sizeof line);
        if (strncmp(line, "error: ", 7) == 0) snprintf(word->text, sizeof word->text, "%s", line + 7);
        else if (strcmp(line, "ok") != 0) died(pid, plan, log.st_size, word);
    }
    close(ends[0]);
}
