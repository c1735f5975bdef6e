// Hooks: running them. Knows not when, that is container.c's, init.c's and the OCI commands'.
#include "hooks.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The state in memory: a hook may read it or not, nobody waits for it.
static int state_file(const struct container_state *state, struct error *err) {
    CLEAN_FREE char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) return error_errno(err, "hook", NULL);
    container_state_print(out, state);
    if (fclose(out) != 0) return error_errno(err, "hook", NULL);
    CLEAN_FD int fd = memfd_create("state", MFD_CLOEXEC);
    if (fd < 0 || io_write_full(fd, text, size) < 0) return error_errno(err, "hook", NULL);
    return take_fd(&fd);
}

// In a process group of its own, with no signal blocked or ignored.
static int spawn(const struct plan_hook *hook, int input, int said, const char *cwd, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_adddup2(&actions, said, 1);
    posix_spawn_file_actions_adddup2(&actions, said, 2);
    posix_spawn_file_actions_addchdir_np(&actions, cwd);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int failed = posix_spawn(pid, hook->path, &actions, &attributes, hook->args, hook->env == NULL ? environ : hook->env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// True when the process ended in time (0 seconds: whenever).
static bool ends_in_time(int pidfd, int seconds) {
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    int64_t until = now_ms() + (int64_t)seconds * 1000;
    for (;;) {
        int64_t left = until - now_ms();
        int got = poll(&ended, 1, seconds == 0 ? -1 : left < 0 ? 0 : (int)left);
        if (got >= 0 || errno != EINTR) return got > 0;
    }
}

// The last line that the hook wrote, for the message.
static void last_words(int said, char *text, size_t size) {
    off_t end = lseek(said, 0, SEEK_END), from = end > (off_t)size - 1 ? end - ((off_t)size - 1) : 0;
    ssize_t got = end <= 0 ? 0 : pread(said, text, size - 1, from);
    text[got < 0 ? 0 : got] = '\0';
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n') text[--length] = '\0';
    char *line = strrchr(text, '\n');
    if (line != NULL) memmove(text, line + 1, strlen(line));
}

static int judge(const struct plan_hook *hook, int status, bool in_time, int said, struct error *err) {
    char words[160];
    if (!in_time) return error_set(err, ETIMEDOUT, "hook", hook->path, "killed after its time-out of %d s", hook->timeout);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
    last_words(said, words, sizeof words);
    const char *colon = words[0] == '\0' ? "" : ": ";
    if (WIFSIGNALED(status)) return error_set(err, 0, "hook", hook->path, "ended by signal %d%s%s", WTERMSIG(status), colon, words);
    return error_set(err, 0, "hook", hook->path, "ended with exit code %d%s%s", WEXITSTATUS(status), colon, words);
}

static int run_one(const struct plan_hook *hook, const struct container_state *state, const char *cwd, struct error *err) {
    pid_t pid = -1;
    int status = 0;
    CLEAN_FD int input = state_file(state, err);
    if (input < 0) return -1;
    if (lseek(input, 0, SEEK_SET) < 0) return error_errno(err, "hook", hook->path);
    CLEAN_FD int said = memfd_create("said", MFD_CLOEXEC);
    if (said < 0) return error_errno(err, "hook", hook->path);
    int failed = spawn(hook, input, said, cwd, &pid);
    if (failed != 0) return errno = failed, error_errno(err, "hook", hook->path);
    CLEAN_FD int pidfd = pidfd_open(pid, 0);
    bool in_time = pidfd >= 0 && ends_in_time(pidfd, hook->timeout);
    if (!in_time) (void)kill(-pid, SIGKILL); // not reaped yet: the number is still its own
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return error_errno(err, "hook", hook->path);
    return judge(hook, status, in_time, said, err);
}

int hooks_run(const struct plan_hooks *hooks, enum plan_hook_kind kind, const struct container_state *state, const char *cwd,
              struct error *err) {
    for (size_t i = 0; i < hooks->count[kind]; i++)
        if (run_one(&hooks->list[kind][i], state, cwd, err) < 0) return -1;
    return 0;
}
