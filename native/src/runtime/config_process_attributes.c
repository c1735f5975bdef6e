// What the kernel's schedulers and security modules are told of a process (runtime-spec config.md, "scheduler", "ioPriority",
// "execCPUAffinity", "apparmorProfile", "selinuxLabel"). Knows no system call.
#include "config_parts.h"

#include <string.h>

// linux/sched.h and linux/ioprio.h; the spec's names for them.
static const struct word {
    const char *name;
    uint64_t value;
} policies[] = {{"SCHED_OTHER", 0}, {"SCHED_FIFO", 1}, {"SCHED_RR", 2}, {"SCHED_BATCH", 3}, {"SCHED_ISO", 4}, {"SCHED_IDLE", 5},
                {"SCHED_DEADLINE", 6}, {NULL, 0}},
  flags[] = {{"SCHED_FLAG_RESET_ON_FORK", 0x01}, {"SCHED_FLAG_RECLAIM", 0x02}, {"SCHED_FLAG_DL_OVERRUN", 0x04},
             {"SCHED_FLAG_KEEP_POLICY", 0x08}, {"SCHED_FLAG_KEEP_PARAMS", 0x10}, {"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20},
             {"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40}, {NULL, 0}},
  classes[] = {{"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}, {NULL, 0}};

static uint64_t word_value(struct parse *parse, const struct node *node, const struct word *table, const char *name) {
    for (; table->name != NULL; table++)
        if (strcmp(table->name, name) == 0) return table->value;
    node_wrong(parse, node, "no such value: %.40s", name);
    return 0;
}

static uint64_t required_word(struct parse *parse, const struct node *of, const char *key, const struct word *table) {
    struct node node = node_member(parse, of, key);
    const char *name = "";
    node_string(parse, &node, &name);
    return parse->failed ? 0 : word_value(parse, &node, table, name);
}

static int64_t number(struct parse *parse, const struct node *of, const char *key, int64_t min, int64_t max) {
    struct node node = node_member(parse, of, key);
    int64_t value = 0;
    node_int(parse, &node, min, max, &value);
    return value;
}

static uint64_t duration(struct parse *parse, const struct node *of, const char *key) {
    struct node node = node_member(parse, of, key);
    uint64_t value = 0;
    node_u64(parse, &node, &value);
    return value;
}

static void parse_scheduler(struct parse *parse, const struct node *node, struct plan_scheduler *out) {
    struct node list = node_member(parse, node, "flags");
    char **names = NULL;
    size_t count = 0;
    if (node->value == NULL) return;
    out->wanted = true;
    out->policy = (uint32_t)required_word(parse, node, "policy", policies);
    out->nice = (int32_t)number(parse, node, "nice", -20, 19);
    out->priority = (uint32_t)number(parse, node, "priority", 0, 99);
    out->runtime = duration(parse, node, "runtime");
    out->deadline = duration(parse, node, "deadline");
    out->period = duration(parse, node, "period");
    node_strings(parse, &list, &names, &count);
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(&list, i);
        out->flags |= word_value(parse, &item, flags, names[i]);
    }
}

static void parse_io_priority(struct parse *parse, const struct node *node, struct plan_process *process) {
    if (node->value == NULL) return;
    uint64_t class = required_word(parse, node, "class", classes);
    int64_t level = number(parse, node, "priority", 0, 7);
    process->io_priority = (int)(class << 13 | (uint64_t)level);
}

// `0-3,7` to a set.
static cpu_set_t *parse_cpus(struct parse *parse, const struct node *of, const char *key) {
    struct node node = node_member(parse, of, key);
    const char *at = NULL;
    node_string(parse, &node, &at);
    if (parse->failed || at == NULL || at[0] == '\0') return NULL;
    cpu_set_t *set = parse_memory(parse, arena_alloc(parse->arena, sizeof *set));
    while (set != NULL) {
        char *end;
        unsigned long first = strtoul(at, &end, 10), last = first;
        bool digits = end != at && *at >= '0' && *at <= '9';
        if (digits && *end == '-' && end[1] >= '0' && end[1] <= '9') last = strtoul(end + 1, &end, 10);
        if (!digits || first > last || last >= CPU_SETSIZE || (*end != ',' && *end != '\0')) {
            node_wrong(parse, &node, "must be a list of CPUs as 0-3,7");
            return NULL;
        }
        for (unsigned long cpu = first; cpu <= last; cpu++) CPU_SET(cpu, set);
        if (*end == '\0') break;
        at = end + 1;
    }
    return set;
}

void config_process_attributes(struct parse *parse, const struct node *node, struct plan_process *process) {
    struct node scheduler = node_member(parse, node, "scheduler"), io = node_member(parse, node, "ioPriority");
    struct node affinity = node_member(parse, node, "execCPUAffinity");
    struct node apparmor = node_member(parse, node, "apparmorProfile"), selinux = node_member(parse, node, "selinuxLabel");
    parse_scheduler(parse, &scheduler, &process->scheduler);
    parse_io_priority(parse, &io, process);
    process->cpus_initial = parse_cpus(parse, &affinity, "initial");
    process->cpus_final = parse_cpus(parse, &affinity, "final");
    node_string(parse, &apparmor, &process->apparmor_profile);
    node_string(parse, &selinux, &process->selinux_label);
}

void config_personality(struct parse *parse, const struct node *node, struct plan *plan) {
    static const struct word domains[] = {{"LINUX", 0}, {"LINUX32", 8}, {NULL, 0}}; // linux/personality.h
    static const char *const unsupported[] = {"flags", NULL};                      // the spec knows none
    if (node->value == NULL) return;
    plan->personality = (int)required_word(parse, node, "domain", domains);
    plan->has_personality = true;
    node_refuse(parse, node, unsupported);
}

// `{"secs": N, "nanosecs": N}` of one clock.
static void parse_offset(struct parse *parse, const struct node *of, const char *key, struct plan_time_offset *out) {
    struct node node = node_member(parse, of, key);
    if (node.value == NULL) return;
    out->wanted = true;
    out->seconds = number(parse, &node, "secs", INT32_MIN, INT32_MAX);
    out->nanoseconds = (uint32_t)number(parse, &node, "nanosecs", 0, 999999999);
}

void config_time_offsets(struct parse *parse, const struct node *node, struct plan *plan) {
    parse_offset(parse, node, "monotonic", &plan->monotonic_offset);
    parse_offset(parse, node, "boottime", &plan->boottime_offset);
    if (parse->failed || (!plan->monotonic_offset.wanted && !plan->boottime_offset.wanted)) return;
    if (!plan->namespaces[NS_TIME].wanted || plan->namespaces[NS_TIME].path != NULL) node_wrong(parse, node, "needs a new time namespace");
}

static bool has_labels(const struct plan_mount *mount) {
    return mount->kind == PLAN_MOUNT_TMPFS || mount->kind == PLAN_MOUNT_MQUEUE || mount->kind == PLAN_MOUNT_DEVPTS || mount->kind == PLAN_MOUNT_FS;
}

void config_mount_label(struct parse *parse, const struct node *node, struct plan *plan) {
    node_string(parse, node, &plan->mount_label);
    if (parse->failed || plan->mount_label == NULL || plan->mount_label[0] == '\0') return;
    struct plan_option context = {"context", plan->mount_label};
    // The list of options has a place more than the config filled.
    for (size_t i = 0; i < plan->mount_count; i++)
        if (has_labels(&plan->mounts[i])) plan->mounts[i].options[plan->mounts[i].option_count++] = context;
    if (plan->root_overlay != NULL) plan->root_overlay->options[plan->root_overlay->option_count++] = context;
}
