// What create, run and exec share: their options and what follows a start.
#include "oci_launch.h"

#include "caps.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { MAX_PRESERVED = 65536 };

static int parse_count(const char *text, const char *what, int *out, struct error *err) {
    char *end;
    if (text == NULL) return 0;
    long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || number < 0 || number > MAX_PRESERVED)
        return error_set(err, EINVAL, "usage", what, "must be a number of descriptors");
    *out = (int)number;
    return 0;
}

// Socket activation: the process learns of the descriptors as if systemd had started it.
static int add_listen_environment(int count, struct plan *plan, struct error *err) {
    struct plan_process *process = &plan->process;
    size_t old = 0;
    if (count == 0) return 0;
    while (process->env[old] != NULL) old++;
    char **env = arena_array(&plan->arena, old + 3, sizeof *env);
    char *number = arena_print(&plan->arena, "LISTEN_FDS=%d", count);
    char *pid = arena_string(&plan->arena, "LISTEN_PID=1");
    if (env == NULL || number == NULL || pid == NULL) return error_errno(err, "keep descriptors", NULL);
    memcpy(env, process->env, old * sizeof *env);
    env[old] = number;
    env[old + 1] = pid;
    process->env = env;
    return 0;
}

static int check_descriptors(struct oci_launch *options, struct plan *plan, struct error *err) {
    if (parse_count(options->preserve_text, "--preserve-fds", &options->preserve_fds, err) < 0) return -1;
    if (parse_count(getenv("LISTEN_FDS"), "LISTEN_FDS", &options->listen_fds, err) < 0) return -1;
    options->preserve_fds += options->listen_fds;
    for (int fd = 3; fd < 3 + options->preserve_fds; fd++) {
        int flags = fcntl(fd, F_GETFD);
        // One that closes by itself is this program's own, opened since.
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0) continue;
        return error_set(err, EBADF, "keep descriptors", NULL, "descriptor %d is not open", fd);
    }
    return add_listen_environment(options->listen_fds, plan, err);
}

int oci_launch_check(struct oci_launch *options, struct plan *plan, struct error *err) {
    if (plan->process.terminal && options->detach && options->console_socket == NULL)
        return error_set(err, EINVAL, "usage", "--console-socket", "is required for a terminal that nobody stays with");
    if (!plan->process.terminal && options->console_socket != NULL)
        return error_set(err, EINVAL, "usage", "--console-socket", "is given, but process.terminal is false");
    return check_descriptors(options, plan, err);
}

void oci_launch_warn(const struct oci *oci, const struct plan *plan) {
    uint64_t missing = plan->namespaces[NS_USER].wanted ? 0 : caps_ungrantable(&plan->process.caps);
    struct error err = {0};
    for (char **name = plan->process.unknown_caps; name != NULL && *name != NULL; name++) {
        (void)error_set(&err, EINVAL, "set capabilities", NULL, "no such capability: %.40s, left out", *name);
        oci_warn(oci, &err);
    }
    for (int number = 0; caps_name(number) != NULL; number++) {
        if ((missing >> number & 1) == 0) continue;
        (void)error_set(&err, EPERM, "set capabilities", caps_name(number), "can't be granted here, left out");
        oci_warn(oci, &err);
    }
}

struct container_request oci_launch_request(const struct oci_launch *options, const struct plan *plan) {
    bool terminal = plan->process.terminal;
    return (struct container_request){
        .stdio = {terminal ? -1 : 0, terminal ? -1 : 1, terminal ? -1 : 2},
        .gate = -1,
        .report = -1,
        .no_pivot = options->no_pivot,
        .keep_keyring = options->keep_keyring,
        .preserve_fds = options->preserve_fds,
    };
}

static int write_pid_file(const char *path, pid_t pid, struct error *err) {
    char text[16];
    if (path == NULL) return 0;
    int length = snprintf(text, sizeof text, "%d", (int)pid);
    CLEAN_FD int fd = io_write_replacing(AT_FDCWD, path, text, (size_t)length, 0644);
    return fd < 0 ? error_errno(err, "write", path) : 0;
}

int oci_launch_announce(const struct oci_launch *options, const struct container *container, struct error *err) {
    if (options->console_socket != NULL && terminal_give(container->master, options->console_socket, err) < 0) return -1;
    return write_pid_file(options->pid_file, container->pid, err);
}

void oci_launch_take_back(const struct container *container) {
    if (container->pid <= 0) return;
    (void)syscall(SYS_pidfd_send_signal, container->pidfd, SIGKILL, NULL, 0);
    while (waitpid(container->pid, NULL, 0) < 0 && errno == EINTR) continue;
}
