// Reading memory, cpu, pids and devices of `linux.resources` into settings of cgroup v2. Knows no system call.
#include "config_resources.h"

#include <math.h>
#include <string.h>

enum { MAX_DEVICE_RULES = 1024 }; // a BPF program that the kernel takes

void resources_add(struct parse *parse, struct cgroup_resources *out, enum cgroup_setting_kind kind, const char *file,
                   const char *value, const char *member) {
    if (parse->failed || parse_memory(parse, (void *)(uintptr_t)value) == NULL) return;
    if (out->count == out->room) {
        size_t room = out->room == 0 ? 16 : out->room * 2;
        struct cgroup_setting *more = parse_memory(parse, arena_array(parse->arena, room, sizeof *more));
        if (more == NULL) return;
        if (out->count > 0) memcpy(more, out->settings, out->count * sizeof *more);
        out->settings = more;
        out->room = room;
    }
    out->settings[out->count++] = (struct cgroup_setting){.kind = kind, .file = file, .value = value, .member = member};
}

static void add_number(struct parse *parse, struct cgroup_resources *out, const char *file, int64_t number, const char *member) {
    resources_add(parse, out, CGROUP_PLAIN, file, number < 0 ? "max" : arena_print(parse->arena, "%lld", (long long)number), member);
}

static int64_t number_of(struct parse *parse, const struct node *of, const char *key, int64_t min) {
    struct node node = node_member(parse, of, key);
    int64_t number = 0;
    node_int(parse, &node, min, INT64_MAX, &number);
    return number;
}

// A member of cgroup v1 that asks for something.
static void refuse(struct parse *parse, const struct node *of, const char *key, const char *reason) {
    struct node node = node_member(parse, of, key);
    bool asks = node.value != NULL && !parse->failed;
    if (asks && json_object_is_type(node.value, json_type_int)) asks = json_object_get_int64(node.value) > 0;
    if (asks && json_object_is_type(node.value, json_type_boolean)) asks = json_object_get_boolean(node.value);
    if (asks && json_object_is_type(node.value, json_type_array)) asks = json_object_array_length(node.value) > 0;
    if (asks) node_wrong(parse, &node, "can't be kept: %s", reason);
}

// The specification's swap is memory and swap together (config-linux.md, "Memory"); memory.swap.max is swap alone.
static void parse_swap(struct parse *parse, const struct node *memory, int64_t limit, struct cgroup_resources *out) {
    struct node node = node_member(parse, memory, "swap");
    int64_t swap = number_of(parse, memory, "swap", -1);
    if (parse->failed) return;
    if (swap < 0 || (swap == 0 && limit < 0)) return resources_add(parse, out, CGROUP_PLAIN, "memory.swap.max", "max", "memory.swap");
    if (swap == 0) return;
    if (limit <= 0) return node_wrong(parse, &node, "is memory and swap together: it needs memory.limit");
    if (swap < limit) return node_wrong(parse, &node, "is memory and swap together: it can't be less than memory.limit");
    add_number(parse, out, "memory.swap.max", swap - limit, "memory.swap");
}

static void parse_memory_limits(struct parse *parse, const struct node *memory, struct cgroup_resources *out) {
    struct node hierarchy = node_member(parse, memory, "useHierarchy"), check = node_member(parse, memory, "checkBeforeUpdate");
    int64_t limit = number_of(parse, memory, "limit", -1), reservation = number_of(parse, memory, "reservation", -1);
    bool hierarchical = true;
    refuse(parse, memory, "kernel", "cgroup v2 has no limit of kernel memory alone");
    refuse(parse, memory, "kernelTCP", "cgroup v2 has no limit of TCP memory alone");
    refuse(parse, memory, "swappiness", "cgroup v2 has no swappiness");
    refuse(parse, memory, "disableOOMKiller", "cgroup v2 always kills");
    node_bool(parse, &hierarchy, &hierarchical);
    if (!hierarchical) node_wrong(parse, &hierarchy, "can't be kept: cgroup v2 is always hierarchical");
    node_bool(parse, &check, &out->check_before_update);
    out->memory_limit = limit;
    parse_swap(parse, memory, limit, out);
    if (limit != 0) add_number(parse, out, "memory.max", limit, "memory.limit");
    if (reservation != 0) add_number(parse, out, "memory.low", reservation, "memory.reservation");
}

// 2 to 262144 onto 1 to 10000 so that both defaults, 1024 and 100, meet: a quadratic curve over the logarithm.
static unsigned weight_of(uint64_t shares) {
    if (shares <= 2) return 1;
    if (shares >= 262144) return 10000;
    double log = log2((double)shares), exponent = (log * log + 125 * log) / 612.0 - 7.0 / 34.0;
    return (unsigned)ceil(pow(10, exponent));
}

static void parse_quota(struct parse *parse, const struct node *cpu, struct cgroup_resources *out) {
    int64_t quota = number_of(parse, cpu, "quota", -1), period = number_of(parse, cpu, "period", 0);
    char *text;
    if (quota == 0 && period == 0) return;
    if (quota == 0) text = arena_print(parse->arena, "%lld", (long long)period);
    else if (quota < 0) text = period == 0 ? arena_string(parse->arena, "max") : arena_print(parse->arena, "max %lld", (long long)period);
    else if (period == 0) text = arena_print(parse->arena, "%lld", (long long)quota);
    else text = arena_print(parse->arena, "%lld %lld", (long long)quota, (long long)period);
    resources_add(parse, out, quota == 0 ? CGROUP_KEEP_FIRST : CGROUP_PLAIN, "cpu.max", text, quota == 0 ? "cpu.period" : "cpu.quota");
}

static void parse_set(struct parse *parse, const struct node *cpu, const char *key, const char *file, const char *member,
                      struct cgroup_resources *out) {
    struct node node = node_member(parse, cpu, key);
    const char *text = "";
    node_string(parse, &node, &text);
    if (parse->failed || text[0] == '\0') return;
    if (strspn(text, "0123456789,- ") != strlen(text) || strlen(text) > 1024) return node_wrong(parse, &node, "must be a list like 0-2,7");
    resources_add(parse, out, CGROUP_PLAIN, file, text, member);
}

static void parse_cpu(struct parse *parse, const struct node *cpu, struct cgroup_resources *out) {
    struct node idle_node = node_member(parse, cpu, "idle");
    int64_t shares = number_of(parse, cpu, "shares", 0), burst = number_of(parse, cpu, "burst", 0), idle = 0;
    node_int(parse, &idle_node, 0, 1, &idle);
    refuse(parse, cpu, "realtimeRuntime", "cgroup v2 has no real-time budget");
    refuse(parse, cpu, "realtimePeriod", "cgroup v2 has no real-time budget");
    if (parse->failed) return;
    // Idle first: a weight ends it.
    if (idle_node.value != NULL) add_number(parse, out, "cpu.idle", idle, "cpu.idle");
    if (shares != 0 && idle == 0) add_number(parse, out, "cpu.weight", weight_of((uint64_t)shares), "cpu.shares");
    parse_quota(parse, cpu, out);
    if (burst != 0) add_number(parse, out, "cpu.max.burst", burst, "cpu.burst");
    parse_set(parse, cpu, "cpus", "cpuset.cpus", "cpu.cpus", out);
    parse_set(parse, cpu, "mems", "cpuset.mems", "cpu.mems", out);
}

static void parse_pids(struct parse *parse, const struct node *pids, struct cgroup_resources *out) {
    struct node node = node_member(parse, pids, "limit");
    int64_t limit = number_of(parse, pids, "limit", -1);
    if (node.value != NULL) add_number(parse, out, "pids.max", limit == 0 ? -1 : limit, "pids.limit");
}

static void parse_access(struct parse *parse, const struct node *item, struct cgroup_device *device) {
    struct node node = node_member(parse, item, "access");
    const char *text = "rwm";
    node_string(parse, &node, &text);
    for (const char *at = text; *at != '\0' && !parse->failed; at++) {
        if (*at == 'r') device->access |= CGROUP_READ;
        else if (*at == 'w') device->access |= CGROUP_WRITE;
        else if (*at == 'm') device->access |= CGROUP_MKNOD;
        else node_wrong(parse, &node, "must be of r, w and m");
    }
    if (text[0] == '\0') device->access = CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD;
}

static void parse_device_rules(struct parse *parse, const struct node *devices, struct cgroup_resources *out) {
    size_t count = node_count(parse, devices, MAX_DEVICE_RULES);
    out->devices = parse_memory(parse, arena_array(parse->arena, count + 1, sizeof *out->devices));
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(devices, i), allow = node_member(parse, &item, "allow"), type = node_member(parse, &item, "type");
        struct node major = node_member(parse, &item, "major"), minor = node_member(parse, &item, "minor");
        struct cgroup_device *device = &out->devices[out->device_count++];
        const char *name = "a";
        device->major = device->minor = -1;
        node_bool(parse, &allow, &device->allow);
        node_string(parse, &type, &name);
        if (!parse->failed && (name[0] == '\0' || name[1] != '\0' || strchr("abcu", name[0]) == NULL)) node_wrong(parse, &type, "must be a, b or c");
        device->type = name[0] == 'u' ? 'c' : name[0];
        node_int(parse, &major, -1, UINT32_MAX, &device->major);
        node_int(parse, &minor, -1, UINT32_MAX, &device->minor);
        parse_access(parse, &item, device);
    }
}

void config_resources(struct parse *parse, const struct node *resources, struct cgroup_resources *out) {
    struct node memory = node_member(parse, resources, "memory"), cpu = node_member(parse, resources, "cpu");
    struct node pids = node_member(parse, resources, "pids"), io = node_member(parse, resources, "blockIO");
    struct node pages = node_member(parse, resources, "hugepageLimits"), network = node_member(parse, resources, "network");
    struct node rdma = node_member(parse, resources, "rdma"), unified = node_member(parse, resources, "unified");
    struct node devices = node_member(parse, resources, "devices");
    if (memory.value != NULL) parse_memory_limits(parse, &memory, out);
    parse_cpu(parse, &cpu, out);
    parse_pids(parse, &pids, out);
    config_resources_io(parse, &io, out);
    config_resources_hugepages(parse, &pages, out);
    refuse(parse, &network, "classID", "cgroup v2 has no network classes");
    refuse(parse, &network, "priorities", "cgroup v2 has no network priorities");
    config_resources_rdma(parse, &rdma, out);
    config_resources_unified(parse, &unified, out);
    parse_device_rules(parse, &devices, out);
}
