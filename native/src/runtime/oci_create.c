// OCI create, run and exec: the commands that start processes.
#include "oci.h"

#include "caps.h"
#include "cgroup/cgroup.h"
#include "command_line.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "config.h"
#include "container.h"
#include "oci_scope.h"
#include "program.h"
#include "shim/timestamp.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct launch_options {
    const char *bundle, *pid_file, *console_socket, *preserve_fds;
    bool detach;
};

static int check_options(const struct launch_options *options, const struct plan *plan, struct error *err) {
    if (options->preserve_fds != NULL && strcmp(options->preserve_fds, "0") != 0)
        return error_set(err, EOPNOTSUPP, "usage", "--preserve-fds", "is not supported");
    if (plan->process.terminal && options->detach && options->console_socket == NULL)
        return error_set(err, EINVAL, "usage", "--console-socket", "is required for a terminal that nobody stays with");
    if (!plan->process.terminal && options->console_socket != NULL)
        return error_set(err, EINVAL, "usage", "--console-socket", "is given, but process.terminal is false");
    return 0;
}

static int write_pid_file(const char *path, pid_t pid, struct error *err) {
    char text[16];
    if (path == NULL) return 0;
    int length = snprintf(text, sizeof text, "%d", (int)pid);
    CLEAN_FD int fd = io_write_replacing(AT_FDCWD, path, text, (size_t)length, 0644);
    return fd < 0 ? error_errno(err, "write", path) : 0;
}

static void kill_and_reap(const struct container *container) {
    if (container->pid <= 0) return;
    (void)syscall(SYS_pidfd_send_signal, container->pidfd, SIGKILL, NULL, 0);
    while (waitpid(container->pid, NULL, 0) < 0 && errno == EINTR) continue;
}

static int write_state(int dir, const char *id, const struct plan *plan, const struct oci_scope *scope, const struct container *container,
                       struct error *err) {
    struct oci_state state = {.pid = container->pid, .annotations = (char *)(uintptr_t)plan->annotations,
                              .hooks = (char *)(uintptr_t)plan->hooks.text};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    timestamp_put(&now, state.created);
    snprintf(state.id, sizeof state.id, "%s", id);
    snprintf(state.bundle, sizeof state.bundle, "%s", plan->bundle);
    snprintf(state.scope, sizeof state.scope, "%s", scope->name);
    if (container->in_cgroup) snprintf(state.cgroup, sizeof state.cgroup, "%s", plan->cgroups_path);
    if (container_start_time(container->pid, &state.start_time, err) < 0) return -1;
    return oci_state_write(dir, &state, err);
}

// The process runs (or waits at its gate): tell everybody who asked. A failure takes it back.
static int announce(const struct launch_options *options, const struct container *container, struct error *err) {
    if (options->console_socket != NULL && terminal_give(container->master, options->console_socket, err) < 0) return -1;
    return write_pid_file(options->pid_file, container->pid, err);
}

// The two FIFOs of a container that waits for its start.
static int make_gate(int dir, const char *id, int *gate, int *report, struct error *err) {
    if (mkfifoat(dir, OCI_GATE, 0600) < 0 || mkfifoat(dir, OCI_REPORT, 0600) < 0) return error_errno(err, "create container", id);
    *gate = openat(dir, OCI_GATE, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *report = openat(dir, OCI_REPORT, O_RDWR | O_NONBLOCK | O_CLOEXEC); // also for reading: nobody reads yet
    return *gate < 0 || *report < 0 ? error_errno(err, "create container", id) : 0;
}

// Starts the container of `plan` under `id`; with `gated` it waits for `start`.
static int launch_in(const struct oci_scope *scope, int dir, const char *id, struct plan *plan, const struct launch_options *options,
                     bool gated, struct container *container, struct error *err) {
    CLEAN_FD int gate = -1;
    CLEAN_FD int report = -1;
    if (gated && make_gate(dir, id, &gate, &report, err) < 0) return -1;
    bool terminal = plan->process.terminal;
    struct container_request request = {
        .stdio = {terminal ? -1 : 0, terminal ? -1 : 1, terminal ? -1 : 2}, .gate = gate, .report = report, .create_cwd = true,
        .id = id, .cgroup = plan->cgroups_path, .cgroup_there = scope->name[0] != '\0'};
    if (container_start(plan, &request, container, err) < 0) return -1;
    if (write_state(dir, id, plan, scope, container, err) == 0 && announce(options, container, err) == 0) return 0;
    kill_and_reap(container);
    struct error ignored;
    if (container->in_cgroup) (void)cgroup_remove(plan->cgroups_path, &ignored);
    return -1;
}

static int launch(const struct oci *oci, int dir, const char *id, struct plan *plan, const struct launch_options *options, bool gate,
                  struct container *container, struct error *err) {
    struct oci_scope scope;
    if (oci_scope_make(oci, plan, &scope, err) < 0) return -1;
    int result = launch_in(&scope, dir, id, plan, options, gate, container, err);
    oci_scope_settle(&scope, plan->cgroups_path, result < 0);
    return result;
}

static int parse_launch(int argc, char **argv, struct launch_options *options, const char **id, struct error *err) {
    bool ignored = false;
    const struct command_option table[] = {
        {.name = "bundle", .letter = 'b', .value = &options->bundle},   {.name = "pid-file", .value = &options->pid_file},
        {.name = "console-socket", .value = &options->console_socket}, {.name = "detach", .letter = 'd', .flag = &options->detach},
        {.name = "preserve-fds", .value = &options->preserve_fds},      {.name = "no-pivot"},
        {.name = "no-new-keyring"},                                     {.name = "no-subreaper", .flag = &ignored},
    };
    *options = (struct launch_options){.bundle = "."};
    int at = command_line_take(argc, argv, table, sizeof table / sizeof *table, err);
    if (at < 0) return -1;
    if (argc - at != 1) return error_set(err, EINVAL, "usage", NULL, "one container id is required");
    *id = argv[at];
    return 0;
}

// A container that was not to be: what its hooks have made is theirs to take back.
static void give_up(const struct oci *oci, const char *id, const struct plan *plan) {
    struct oci_state state = {.annotations = (char *)(uintptr_t)plan->annotations, .hooks = (char *)(uintptr_t)plan->hooks.text};
    snprintf(state.id, sizeof state.id, "%s", id);
    snprintf(state.bundle, sizeof state.bundle, "%s", plan->bundle);
    oci_state_remove(oci, id);
    oci_hooks_after(oci, &state, true);
}

static void warn_of_capabilities(const struct oci *oci, const struct plan *plan) {
    uint64_t missing = plan->namespaces[NS_USER].wanted ? 0 : caps_ungrantable(&plan->process.caps);
    struct error err = {0};
    for (int number = 0; caps_name(number) != NULL; number++) {
        if ((missing >> number & 1) == 0) continue;
        (void)error_set(&err, EPERM, "set capabilities", caps_name(number), "can't be granted here, left out");
        oci_warn(oci, &err);
    }
}

static int launch_planned(const struct oci *oci, struct plan *plan, const char *id, const struct launch_options *options, bool gated,
                          struct container *container, struct error *err) {
    if (check_options(options, plan, err) < 0) return -1;
    warn_of_capabilities(oci, plan);
    CLEAN_FD int dir = oci_state_directory(oci, id, true, err);
    if (dir < 0) return -1;
    if (!options->detach) terminal_block_signals();
    if (launch(oci, dir, id, plan, options, gated, container, err) == 0) return 0;
    give_up(oci, id, plan);
    return -1;
}

// What create and run have in common.
static int launch_new(const struct oci *oci, const char *id, const struct launch_options *options, bool gated, struct container *container,
                      struct error *err) {
    struct plan plan = {0};
    char cache[4096];
    int result = config_read(options->bundle, NULL, oci_state_cache(oci, cache), &plan, err);
    if (result == 0) result = launch_planned(oci, &plan, id, options, gated, container, err);
    plan_free(&plan);
    return result;
}

int oci_create(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct launch_options options;
    struct container container = {-1, -1, -1, false};
    const char *id = NULL;
    if (parse_launch(argc, argv, &options, &id, err) < 0) return -1;
    options.detach = true;
    return launch_new(oci, id, &options, true, &container, err);
}

// Waits in the foreground and takes the container away.
static int attend(const struct oci *oci, const struct oci_state *state, const struct container *container, struct error *err) {
    int code = terminal_wait(container->pid, container->pidfd, container->master, err);
    if (oci_scope_leave(state, err) < 0) code = -1;
    oci_state_remove(oci, state->id);
    oci_hooks_after(oci, state, true);
    return code;
}

int oci_run(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct launch_options options;
    struct container container = {-1, -1, -1, false};
    struct oci_state state;
    CLEAN_FD int dir = -1;
    const char *id = NULL;
    if (parse_launch(argc, argv, &options, &id, err) < 0) return -1;
    if (launch_new(oci, id, &options, false, &container, err) < 0) return -1;
    if (oci_state_read(oci, id, &state, &dir, err) < 0) return -1;
    oci_hooks_after(oci, &state, false);
    int result = options.detach ? 0 : attend(oci, &state, &container, err);
    oci_state_free(&state);
    return result;
}

struct exec_options {
    struct launch_options launch;
    const char *process, *cwd, *user;
    const char **env;
    bool tty;
};

static int parse_user(const char *text, struct plan_user *user, struct error *err) {
    char *end;
    unsigned long uid = strtoul(text, &end, 10), gid = 0;
    if (end != text && *end == ':') gid = strtoul(end + 1, &end, 10);
    if (end == text || *end != '\0' || uid > INT32_MAX || gid > INT32_MAX)
        return error_set(err, EINVAL, "usage", "--user", "must be UID or UID:GID");
    *user = (struct plan_user){.uid = (uid_t)uid, .gid = (gid_t)gid, .umask = user->umask};
    return 0;
}

// The config's own process, changed by the options.
static int change_process(struct plan *plan, const struct exec_options *options, char **words, struct error *err) {
    struct plan_process *process = &plan->process;
    size_t old = 0, more = 0;
    process->args = words;
    process->terminal = options->tty;
    if (options->cwd != NULL) process->cwd = options->cwd;
    if (options->user != NULL && parse_user(options->user, &process->user, err) < 0) return -1;
    while (process->env[old] != NULL) old++;
    while (options->env[more] != NULL) more++;
    char **env = arena_array(&plan->arena, old + more + 1, sizeof *env);
    if (env == NULL) return error_errno(err, "exec", NULL);
    memcpy(env, options->env, more * sizeof *env); // first: the first of a name is the one that programs find
    memcpy(env + more, process->env, old * sizeof *env);
    process->env = env;
    return 0;
}

static int exec_in(const struct oci *oci, const struct oci_state *state, const struct exec_options *options, char **words, struct error *err) {
    struct plan plan = {0};
    struct container container = {-1, -1, -1, false};
    char cache[4096];
    int result = config_read(state->bundle, options->process, oci_state_cache(oci, cache), &plan, err);
    if (result == 0 && options->process == NULL) result = change_process(&plan, options, words, err);
    if (result == 0) result = check_options(&options->launch, &plan, err);
    bool terminal = plan.process.terminal;
    struct container_request request = {
        .stdio = {terminal ? -1 : 0, terminal ? -1 : 1, terminal ? -1 : 2},
        .gate = -1, .report = -1, .target = state->pid, .target_start = state->start_time,
        .cgroup = state->cgroup[0] == '\0' ? NULL : state->cgroup,
    };
    if (result == 0 && !options->launch.detach) terminal_block_signals();
    if (result == 0) result = container_start(&plan, &request, &container, err);
    plan_free(&plan);
    if (result < 0) return -1;
    if (announce(&options->launch, &container, err) < 0) return kill_and_reap(&container), -1;
    return options->launch.detach ? 0 : terminal_wait(container.pid, container.pidfd, container.master, err);
}

int oci_exec(const struct oci *oci, int argc, char **argv, struct error *err) {
    CLEAN_FREE const char **env = calloc((size_t)argc + 1, sizeof *env);
    struct exec_options options = {.env = env};
    bool ignored = false;
    const struct command_option table[] = {
        {.name = "process", .letter = 'p', .value = &options.process},
        {.name = "pid-file", .value = &options.launch.pid_file},
        {.name = "console-socket", .value = &options.launch.console_socket},
        {.name = "detach", .letter = 'd', .flag = &options.launch.detach},
        {.name = "tty", .letter = 't', .flag = &options.tty},
        {.name = "cwd", .value = &options.cwd},
        {.name = "user", .letter = 'u', .value = &options.user},
        {.name = "env", .letter = 'e', .list = &options.env},
        {.name = "preserve-fds", .value = &options.launch.preserve_fds},
        {.name = "no-subreaper", .flag = &ignored},
    };
    struct oci_state state;
    CLEAN_FD int dir = -1;
    if (env == NULL) return error_errno(err, "exec", NULL);
    int at = command_line_take(argc, argv, table, sizeof table / sizeof *table, err);
    if (at < 0) return -1;
    if (at == argc || (at + 1 == argc && options.process == NULL)) return error_set(err, EINVAL, "usage", NULL, "container id and command are required");
    if (oci_state_read(oci, argv[at], &state, &dir, err) < 0) return -1;
    int result = exec_in(oci, &state, &options, argv + at + 1, err);
    oci_state_free(&state);
    return result;
}
