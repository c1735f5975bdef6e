// The `process` section of config.json (runtime-spec config.md, "process"). Knows no system call.
#include "caps.h"
#include "config.h"
#include "config_parts.h"

#include <string.h>

enum { MAX_GROUPS = 65536, MAX_RLIMITS = 64 };

// Ids above 2^31-1 wrap to root in signed places of other programs (CVE-2024-40635).
static const int64_t MAX_ID = 0x7fffffff;

static uint32_t parse_id(struct parse *parse, const struct node *of, const char *key) {
    struct node node = node_member(parse, of, key);
    int64_t id = 0;
    node_int(parse, &node, 0, MAX_ID, &id);
    return (uint32_t)id;
}

static void parse_user(struct parse *parse, const struct node *process, struct plan_user *user) {
    struct node node = node_member(parse, process, "user");
    struct node groups = node_member(parse, &node, "additionalGids"), mask = node_member(parse, &node, "umask");
    user->uid = parse_id(parse, &node, "uid");
    user->gid = parse_id(parse, &node, "gid");
    int64_t umask_value = 022;
    node_int(parse, &mask, 0, 0777, &umask_value);
    user->umask = (mode_t)umask_value;
    size_t count = node_count(parse, &groups, MAX_GROUPS);
    user->groups = parse_memory(parse, arena_array(parse->arena, count + 1, sizeof *user->groups));
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(&groups, i);
        int64_t id = -1;
        node_int(parse, &item, 0, MAX_ID, &id);
        if (id < 0) node_wrong(parse, &item, "must be a group id");
        user->groups[user->group_count++] = (gid_t)id;
    }
}

int config_unknown_cap(struct plan_process *process, struct arena *arena, const char *name) {
    size_t count = 0;
    for (; process->unknown_caps != NULL && process->unknown_caps[count] != NULL; count++)
        if (strcmp(process->unknown_caps[count], name) == 0) return 0;
    char **names = arena_array(arena, count + 2, sizeof *names);
    if (names == NULL || (names[count] = arena_string(arena, name)) == NULL) return -1;
    if (count > 0) memcpy(names, process->unknown_caps, count * sizeof *names);
    process->unknown_caps = names;
    return 0;
}

static uint64_t parse_cap_set(struct parse *parse, const struct node *caps, const char *key, struct plan_process *process) {
    struct node node = node_member(parse, caps, key);
    size_t count = 0;
    char **names = NULL;
    node_strings(parse, &node, &names, &count);
    uint64_t set = 0;
    for (size_t i = 0; i < count && !parse->failed; i++) {
        int number = caps_number(names[i]);
        if (number >= 0) set |= UINT64_C(1) << number;
        else if (config_unknown_cap(process, parse->arena, names[i]) < 0) (void)parse_memory(parse, NULL);
    }
    return set;
}

// One that can't be had is a warning, not an error (runtime-spec config.md, "capabilities").
static void parse_caps(struct parse *parse, const struct node *of, struct plan_process *process) {
    struct node node = node_member(parse, of, "capabilities");
    struct plan_caps *caps = &process->caps;
    caps->bounding = parse_cap_set(parse, &node, "bounding", process);
    caps->effective = parse_cap_set(parse, &node, "effective", process);
    caps->permitted = parse_cap_set(parse, &node, "permitted", process);
    caps->inheritable = parse_cap_set(parse, &node, "inheritable", process);
    caps->ambient = parse_cap_set(parse, &node, "ambient", process);
    if (parse->failed) return;
    if ((caps->effective & ~caps->permitted) != 0) node_wrong(parse, &node, "effective holds more than permitted");
    else if ((caps->ambient & ~(caps->permitted & caps->inheritable)) != 0)
        node_wrong(parse, &node, "ambient holds more than permitted and inheritable");
}

static const struct {
    const char *name;
    int resource;
} rlimit_names[] = {
    {"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},         {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},       {"RLIMIT_FSIZE", RLIMIT_FSIZE},       {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE}, {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},   {"RLIMIT_NPROC", RLIMIT_NPROC},       {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME},     {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
};

static void parse_rlimit(struct parse *parse, const struct node *item, struct plan_rlimit *limit) {
    struct node type = node_member(parse, item, "type"), soft = node_member(parse, item, "soft");
    struct node hard = node_member(parse, item, "hard");
    const char *name = "";
    uint64_t soft_value = 0, hard_value = 0;
    node_string(parse, &type, &name);
    node_u64(parse, &soft, &soft_value);
    node_u64(parse, &hard, &hard_value);
    limit->limit = (struct rlimit){.rlim_cur = soft_value, .rlim_max = hard_value};
    if (!parse->failed && soft_value > hard_value) return node_wrong(parse, item, "soft is above hard");
    for (size_t i = 0; i < sizeof rlimit_names / sizeof *rlimit_names; i++) {
        if (strcmp(rlimit_names[i].name, name) != 0) continue;
        limit->name = rlimit_names[i].name;
        limit->resource = rlimit_names[i].resource;
        return;
    }
    node_wrong(parse, &type, "no such limit: %.40s", name);
}

static void parse_rlimits(struct parse *parse, const struct node *node, struct plan_process *process) {
    size_t count = node_count(parse, node, MAX_RLIMITS);
    process->rlimits = parse_memory(parse, arena_array(parse->arena, count + 1, sizeof *process->rlimits));
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(node, i);
        parse_rlimit(parse, &item, &process->rlimits[process->rlimit_count++]);
    }
}

static void parse_size(struct parse *parse, const struct node *process_node, struct plan_process *process) {
    struct node size = node_member(parse, process_node, "consoleSize");
    struct node height = node_member(parse, &size, "height"), width = node_member(parse, &size, "width");
    int64_t rows = 0, columns = 0;
    node_int(parse, &height, 0, 65535, &rows);
    node_int(parse, &width, 0, 65535, &columns);
    process->rows = (unsigned short)rows;
    process->columns = (unsigned short)columns;
}

static void parse_words(struct parse *parse, const struct node *node, struct plan_process *process) {
    struct node args = node_member(parse, node, "args"), env = node_member(parse, node, "env");
    struct node cwd = node_member(parse, node, "cwd");
    size_t count = 0, env_count = 0;
    node_strings(parse, &args, &process->args, &count);
    node_strings(parse, &env, &process->env, &env_count);
    config_absolute(parse, &cwd, &process->cwd);
    if (parse->failed) return;
    if (count == 0) return node_wrong(parse, &args, "at least one is required");
    if (process->cwd == NULL) return node_wrong(parse, &cwd, "is required");
    for (size_t i = 0; i < env_count; i++) {
        struct node item = node_item(&env, i);
        if (strchr(process->env[i], '=') == NULL) node_wrong(parse, &item, "must be NAME=VALUE");
    }
}

void config_user(struct parse *parse, const struct node *of, struct plan_process *process) {
    struct node annotations = node_member(parse, of, "annotations");
    struct node user = node_member(parse, &annotations, "dev.slipway.user");
    struct node groups = node_member(parse, &annotations, "dev.slipway.groups");
    node_string(parse, &user, &process->user_name);
    node_string(parse, &groups, &process->group_names);
}

void config_process(struct parse *parse, const struct node *node, struct plan_process *process) {
    struct node terminal = node_member(parse, node, "terminal"), rlimits = node_member(parse, node, "rlimits");
    struct node no_new = node_member(parse, node, "noNewPrivileges"), oom = node_member(parse, node, "oomScoreAdj");
    parse_words(parse, node, process);
    parse_user(parse, node, &process->user);
    config_user(parse, node, process);
    parse_caps(parse, node, process);
    parse_rlimits(parse, &rlimits, process);
    parse_size(parse, node, process);
    node_bool(parse, &terminal, &process->terminal);
    node_bool(parse, &no_new, &process->no_new_privs);
    config_process_attributes(parse, node, process);
    int64_t score = 0;
    node_int(parse, &oom, -1000, 1000, &score);
    process->has_oom_score_adj = oom.value != NULL;
    process->oom_score_adj = (int)score;
}
