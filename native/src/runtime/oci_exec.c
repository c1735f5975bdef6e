// OCI exec: another process in a container that runs.
#include "oci.h"

#include "caps.h"
#include "command_line.h"
#include "common/cleanup.h"
#include "config.h"
#include "oci_launch.h"
#include "terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS = 1024 };

struct exec_options {
    struct oci_launch launch;
    const char *process, *cgroup, *cwd, *user, *apparmor, *label;
    const char **env, **groups, **caps;
    bool tty, no_new_privs, ignore_paused;
};

static int parse_id(const char *text, const char *end_at, const char *option, uint32_t *out, struct error *err) {
    char *end;
    unsigned long id = strtoul(text, &end, 10);
    if (end == text || *text < '0' || *text > '9' || (*end != '\0' && end != end_at) || id > INT32_MAX)
        return error_set(err, EINVAL, "usage", option, "%.40s is not a number of a user or group", text);
    *out = (uint32_t)id;
    return 0;
}

// `UID[:GID]`; the groups of the config's user are not the other one's.
static int change_user(struct plan_user *user, const char *text, struct error *err) {
    const char *colon = strchr(text, ':');
    uint32_t uid = 0, gid = 0;
    if (parse_id(text, colon, "--user", &uid, err) < 0) return -1;
    if (colon != NULL && parse_id(colon + 1, NULL, "--user", &gid, err) < 0) return -1;
    *user = (struct plan_user){.uid = uid, .gid = gid, .umask = user->umask};
    return 0;
}

static int add_groups(struct plan *plan, const char **texts, struct error *err) {
    struct plan_user *user = &plan->process.user;
    gid_t *groups = arena_array(&plan->arena, user->group_count + MAX_GROUPS, sizeof *groups);
    if (groups == NULL) return error_errno(err, "exec", NULL);
    for (size_t i = 0; i < user->group_count; i++) groups[i] = user->groups[i];
    for (size_t i = 0; texts[i] != NULL; i++) {
        if (i == MAX_GROUPS) return error_set(err, EINVAL, "usage", "--additional-gids", "more than %d", MAX_GROUPS);
        if (parse_id(texts[i], NULL, "--additional-gids", &groups[user->group_count++], err) < 0) return -1;
    }
    user->groups = groups;
    return 0;
}

// As runc: in every set but the ambient one, where it would need the inheritable one to have been there.
static int add_caps(struct plan *plan, const char **names, struct error *err) {
    struct plan_caps *caps = &plan->process.caps;
    for (; *names != NULL; names++) {
        int number = caps_number(*names);
        if (number < 0 && config_unknown_cap(&plan->process, &plan->arena, *names) < 0) return error_errno(err, "exec", NULL);
        if (number < 0) continue;
        uint64_t bit = UINT64_C(1) << number;
        caps->bounding |= bit;
        caps->effective |= bit;
        caps->permitted |= bit;
    }
    return 0;
}

static int add_environment(struct plan *plan, const char **more, struct error *err) {
    struct plan_process *process = &plan->process;
    size_t old = 0, added = 0;
    while (process->env[old] != NULL) old++;
    while (more[added] != NULL) added++;
    char **env = arena_array(&plan->arena, old + added + 1, sizeof *env);
    if (env == NULL) return error_errno(err, "exec", NULL);
    memcpy(env, more, added * sizeof *env); // first: the first of a name is the one that programs find
    memcpy(env + added, process->env, old * sizeof *env);
    process->env = env;
    return 0;
}

// The config's own process, changed by the options.
static int change_process(struct plan *plan, const struct exec_options *options, char **words, struct error *err) {
    struct plan_process *process = &plan->process;
    process->args = words;
    process->terminal = options->tty;
    process->no_new_privs = process->no_new_privs || options->no_new_privs;
    if (options->cwd != NULL) process->cwd = options->cwd;
    if (process->cwd[0] != '/') return error_set(err, EINVAL, "usage", "--cwd", "must be an absolute path");
    if (options->apparmor != NULL) process->apparmor_profile = options->apparmor;
    if (options->label != NULL) process->selinux_label = options->label;
    if (options->user != NULL && change_user(&process->user, options->user, err) < 0) return -1;
    if (options->user != NULL) process->user_name = process->group_names = NULL;
    if (add_groups(plan, options->groups, err) < 0 || add_caps(plan, options->caps, err) < 0) return -1;
    return add_environment(plan, options->env, err);
}

// The container's own cgroup, or one that it made below.
static int choose_cgroup(const struct oci_state *state, const char *below, struct plan *plan, const char **out, struct error *err) {
    bool own = state->cgroup[0] != '\0';
    *out = own ? state->cgroup : NULL;
    if (below == NULL) return 0;
    if (!own) return error_set(err, ENOENT, "usage", "--cgroup", "the container has no cgroup");
    if (strstr(below, "..") != NULL) return error_set(err, EINVAL, "usage", "--cgroup", "must lie below the container's");
    *out = arena_print(&plan->arena, "%s/%s", state->cgroup, below + strspn(below, "/"));
    return *out == NULL ? error_errno(err, "exec", NULL) : 0;
}

static int start_in(const struct oci *oci, const struct oci_state *state, struct exec_options *options, struct plan *plan, struct container *container,
                    struct error *err) {
    if (oci_launch_check(&options->launch, plan, err) < 0) return -1;
    oci_launch_warn(oci, plan);
    struct container_request request = oci_launch_request(&options->launch, plan);
    request.target = state->pid;
    request.target_start = state->start_time;
    request.id = state->id;
    request.rdt = &state->rdt;
    if (choose_cgroup(state, options->cgroup, plan, &request.cgroup, err) < 0) return -1;
    request.cgroup_there = options->cgroup != NULL; // one that was asked for is not done without
    if (!options->launch.detach) terminal_block_signals();
    if (container_start(plan, &request, container, err) < 0) return -1;
    if (oci_launch_announce(&options->launch, container, err) == 0) return 0;
    oci_launch_take_back(container);
    return -1;
}

static int exec_in(const struct oci *oci, const struct oci_state *state, struct exec_options *options, char **words, struct error *err) {
    struct plan plan = {0};
    struct container container = {.pid = -1, .pidfd = -1, .master = -1};
    char cache[4096];
    int result = config_read(state->bundle, state->config[0] == '\0' ? NULL : state->config, options->process, oci_state_cache(oci, cache), &plan, err);
    if (result == 0 && options->process == NULL) result = change_process(&plan, options, words, err);
    if (result == 0) result = start_in(oci, state, options, &plan, &container, err);
    plan_free(&plan);
    if (result < 0 || options->launch.detach) return result;
    return terminal_wait(container.pid, container.pidfd, container.master, err);
}

// A process that nobody thaws would never begin.
static int check_state(const struct oci_state *state, int dir, bool ignore_paused, struct error *err) {
    enum oci_status status = oci_state_status(state, dir);
    if (status == OCI_STOPPED) return error_set(err, ESRCH, "exec in container", state->id, "is not running");
    if (status == OCI_PAUSED && !ignore_paused) return error_set(err, EBUSY, "exec in container", state->id, "is paused (--ignore-paused)");
    return 0;
}

static int parse_options(int argc, char **argv, struct exec_options *options, struct error *err) {
    bool ignored = false;
    const struct command_option table[] = {
        {.name = "process", .letter = 'p', .value = &options->process},
        {.name = "pid-file", .value = &options->launch.pid_file},
        {.name = "console-socket", .value = &options->launch.console_socket},
        {.name = "detach", .letter = 'd', .flag = &options->launch.detach},
        {.name = "tty", .letter = 't', .flag = &options->tty},
        {.name = "cwd", .value = &options->cwd},
        {.name = "cgroup", .value = &options->cgroup},
        {.name = "user", .letter = 'u', .value = &options->user},
        {.name = "additional-gids", .letter = 'g', .list = &options->groups},
        {.name = "env", .letter = 'e', .list = &options->env},
        {.name = "cap", .letter = 'c', .list = &options->caps},
        {.name = "no-new-privs", .flag = &options->no_new_privs},
        {.name = "apparmor", .value = &options->apparmor},
        {.name = "process-label", .value = &options->label},
        {.name = "ignore-paused", .flag = &options->ignore_paused},
        {.name = "preserve-fds", .value = &options->launch.preserve_text},
        {.name = "no-subreaper", .flag = &ignored},
    };
    return command_line_take(argc, argv, table, sizeof table / sizeof *table, err);
}

int oci_exec(const struct oci *oci, int argc, char **argv, struct error *err) {
    CLEAN_FREE const char **lists = calloc(3 * ((size_t)argc + 1), sizeof *lists);
    struct exec_options options = {.env = lists, .groups = lists + argc + 1, .caps = lists + 2 * (argc + 1)};
    struct oci_state state;
    CLEAN_FD int dir = -1;
    if (lists == NULL) return error_errno(err, "exec", NULL);
    int at = parse_options(argc, argv, &options, err);
    if (at < 0) return -1;
    if (at == argc || (at + 1 == argc && options.process == NULL)) return error_set(err, EINVAL, "usage", NULL, "container id and command are required");
    if (oci_state_read(oci, argv[at], &state, &dir, err) < 0) return -1;
    int result = check_state(&state, dir, options.ignore_paused, err);
    if (result == 0) result = exec_in(oci, &state, &options, argv + at + 1, err);
    oci_state_free(&state);
    return result;
}
