// OCI create and run: the commands that make containers.
#include "oci.h"

#include "cgroup/cgroup.h"
#include "command_line.h"
#include "common/cleanup.h"
#include "config.h"
#include "oci_launch.h"
#include "oci_scope.h"
#include "shim/timestamp.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int write_state(int dir, const char *id, const struct plan *plan, const struct oci_launch *options, const struct oci_scope *scope,
                       const struct container *container, struct error *err) {
    struct oci_state state = {.pid = container->pid, .annotations = (char *)(uintptr_t)plan->annotations,
                              .hooks = (char *)(uintptr_t)plan->hooks.text};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    timestamp_put(&now, state.created);
    snprintf(state.id, sizeof state.id, "%s", id);
    snprintf(state.bundle, sizeof state.bundle, "%s", plan->bundle);
    snprintf(state.config, sizeof state.config, "%s", options->config == NULL ? "" : options->config);
    snprintf(state.scope, sizeof state.scope, "%s", scope->name);
    if (container->in_cgroup) snprintf(state.cgroup, sizeof state.cgroup, "%s", plan->cgroups_path);
    state.rdt = container->rdt;
    if (container_start_time(container->pid, &state.start_time, err) < 0) return -1;
    return oci_state_write(dir, &state, err);
}

// The two FIFOs of a container that waits for its start.
static int make_gate(int dir, const char *id, int *gate, int *report, struct error *err) {
    if (mkfifoat(dir, OCI_GATE, 0600) < 0 || mkfifoat(dir, OCI_REPORT, 0600) < 0) return error_errno(err, "create container", id);
    *gate = openat(dir, OCI_GATE, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *report = openat(dir, OCI_REPORT, O_RDWR | O_NONBLOCK | O_CLOEXEC); // also for reading: nobody reads yet
    return *gate < 0 || *report < 0 ? error_errno(err, "create container", id) : 0;
}

// Starts the container of `plan` under `id`; with `gated` it waits for `start`.
static int launch_in(const struct oci_scope *scope, int dir, const char *id, struct plan *plan, const struct oci_launch *options,
                     bool gated, struct container *container, struct error *err) {
    CLEAN_FD int gate = -1;
    CLEAN_FD int report = -1;
    if (gated && make_gate(dir, id, &gate, &report, err) < 0) return -1;
    struct container_request request = oci_launch_request(options, plan);
    request.gate = gate;
    request.report = report;
    request.create_cwd = true;
    request.id = id;
    request.cgroup = plan->cgroups_path;
    request.cgroup_there = scope->name[0] != '\0';
    request.cgroup_unasked = options->own_place;
    if (container_start(plan, &request, container, err) < 0) return -1;
    if (write_state(dir, id, plan, options, scope, container, err) == 0 && oci_launch_announce(options, container, err) == 0) return 0;
    oci_launch_take_back(container);
    struct error ignored;
    if (container->in_cgroup) (void)cgroup_remove(plan->cgroups_path, &ignored);
    (void)rdt_remove(&container->rdt, &ignored);
    return -1;
}

static int launch(const struct oci *oci, int dir, const char *id, struct plan *plan, const struct oci_launch *options, bool gate,
                  struct container *container, struct error *err) {
    struct oci_scope scope;
    if (oci_scope_make(oci, plan, &scope, err) < 0) return -1;
    int result = launch_in(&scope, dir, id, plan, options, gate, container, err);
    oci_scope_settle(&scope, plan->cgroups_path, result < 0);
    return result;
}

static int parse_launch(int argc, char **argv, struct oci_launch *options, const char **id, struct error *err) {
    bool ignored = false;
    const struct command_option table[] = {
        {.name = "bundle", .letter = 'b', .value = &options->bundle},   {.name = "pid-file", .value = &options->pid_file},
        {.name = "console-socket", .value = &options->console_socket}, {.name = "detach", .letter = 'd', .flag = &options->detach},
        {.name = "preserve-fds", .value = &options->preserve_text},     {.name = "no-pivot", .flag = &options->no_pivot},
        {.name = "no-new-keyring", .flag = &options->keep_keyring},     {.name = "no-subreaper", .flag = &ignored},
        {.name = "keep", .flag = &options->keep},                       {.name = "config", .letter = 'f', .value = &options->config},
    };
    *options = (struct oci_launch){.bundle = "."};
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

static int launch_planned(const struct oci *oci, struct plan *plan, const char *id, struct oci_launch *options, bool gated,
                          struct container *container, struct error *err) {
    if (oci_launch_check(options, plan, err) < 0) return -1;
    oci_launch_warn(oci, plan);
    CLEAN_FD int dir = oci_state_directory(oci, id, true, err);
    if (dir < 0) return -1;
    if (!options->detach) terminal_block_signals();
    if (launch(oci, dir, id, plan, options, gated, container, err) == 0) return 0;
    give_up(oci, id, plan);
    return -1;
}

// Where a container goes that says nothing of it, so that it can be paused, counted and killed as a whole (runtime-spec
// config-linux.md, "cgroupsPath": the runtime's choice).
static int choose_place(const struct oci *oci, struct plan *plan, const char *id, struct oci_launch *options, struct error *err) {
    if (oci->no_cgroup) plan->cgroups_path = NULL;
    if (oci->no_cgroup || plan->cgroups_path != NULL) return 0;
    options->own_place = true;
    plan->cgroups_path = arena_print(&plan->arena, oci->systemd_cgroup ? ":slipway-oci:%s" : "/slipway-oci-%s", id);
    return plan->cgroups_path == NULL ? error_errno(err, "cgroup", NULL) : 0;
}

// What create and run have in common.
static int launch_new(const struct oci *oci, const char *id, struct oci_launch *options, bool gated, struct container *container,
                      struct error *err) {
    struct plan plan = {0};
    char cache[4096];
    int result = config_read(options->bundle, options->config, NULL, oci_state_cache(oci, cache), &plan, err);
    if (result == 0) result = choose_place(oci, &plan, id, options, err);
    if (result == 0) result = launch_planned(oci, &plan, id, options, gated, container, err);
    plan_free(&plan);
    return result;
}

int oci_create(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct oci_launch options;
    struct container container = {.pid = -1, .pidfd = -1, .master = -1};
    const char *id = NULL;
    if (parse_launch(argc, argv, &options, &id, err) < 0) return -1;
    options.detach = true;
    return launch_new(oci, id, &options, true, &container, err);
}

// Waits in the foreground and takes the container away, unless it is to stay for `delete`.
static int attend(const struct oci *oci, const struct oci_state *state, const struct container *container, bool keep, struct error *err) {
    int code = terminal_wait(container->pid, container->pidfd, container->master, err);
    if (keep) return code;
    if (oci_scope_leave(state, err) < 0 || rdt_remove(&state->rdt, err) < 0) code = -1;
    oci_state_remove(oci, state->id);
    oci_hooks_after(oci, state, true);
    return code;
}

int oci_run(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct oci_launch options;
    struct container container = {.pid = -1, .pidfd = -1, .master = -1};
    struct oci_state state;
    CLEAN_FD int dir = -1;
    const char *id = NULL;
    if (parse_launch(argc, argv, &options, &id, err) < 0) return -1;
    if (launch_new(oci, id, &options, false, &container, err) < 0) return -1;
    if (oci_state_read(oci, id, &state, &dir, err) < 0) return -1;
    oci_hooks_after(oci, &state, false);
    int result = options.detach ? 0 : attend(oci, &state, &container, options.keep, err);
    oci_state_free(&state);
    return result;
}
