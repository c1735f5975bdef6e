// The `linux` section of config.json (runtime-spec config-linux.md). Knows no system call.
#include "config_parts.h"

#include "config_resources.h"

#include <string.h>
#include <sys/stat.h>

enum { MAX_NAMESPACES = 16, MAX_ID_MAPS = 340, MAX_DEVICES = 4096, MAX_SYSCTLS = 1024, CGROUPS_PATH = 3500 };

static void parse_namespaces(struct parse *parse, const struct node *node, struct plan *plan) {
    static const char *const names[NS_COUNT] = {
        [NS_MOUNT] = "mount", [NS_PID] = "pid",       [NS_NET] = "network", [NS_IPC] = "ipc",
        [NS_UTS] = "uts",     [NS_CGROUP] = "cgroup", [NS_USER] = "user",   [NS_TIME] = "time",
    };
    size_t count = node_count(parse, node, MAX_NAMESPACES);
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(node, i);
        struct node type = node_member(parse, &item, "type"), path = node_member(parse, &item, "path");
        const char *name = "", *file = NULL;
        size_t kind = 0;
        node_string(parse, &type, &name);
        config_absolute(parse, &path, &file);
        while (kind < NS_COUNT && strcmp(names[kind], name) != 0) kind++;
        if (kind == NS_COUNT) return node_wrong(parse, &type, "no such namespace: %.40s", name);
        if (plan->namespaces[kind].wanted) return node_wrong(parse, &item, "given twice: %s", name);
        plan->namespaces[kind] = (struct plan_namespace){.wanted = true, .path = file};
    }
}

static uint32_t parse_u32(struct parse *parse, const struct node *of, const char *key, uint32_t otherwise) {
    struct node node = node_member(parse, of, key);
    int64_t value = otherwise;
    node_int(parse, &node, 0, UINT32_MAX, &value);
    return (uint32_t)value;
}

static size_t parse_id_map(struct parse *parse, const struct node *node, struct plan_id_map **out) {
    size_t count = node_count(parse, node, MAX_ID_MAPS);
    struct plan_id_map *maps = parse_memory(parse, arena_array(parse->arena, count + 1, sizeof *maps));
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(node, i);
        maps[i].inside = parse_u32(parse, &item, "containerID", 0);
        maps[i].outside = parse_u32(parse, &item, "hostID", 0);
        maps[i].count = parse_u32(parse, &item, "size", 0);
        if (maps[i].count == 0) node_wrong(parse, &item, "size must not be 0");
    }
    *out = maps;
    return count;
}

void config_id_maps(struct parse *parse, const struct node *of, struct plan_id_maps *out) {
    struct node uids = node_member(parse, of, "uidMappings"), gids = node_member(parse, of, "gidMappings");
    out->uid_count = parse_id_map(parse, &uids, &out->uids);
    out->gid_count = parse_id_map(parse, &gids, &out->gids);
    if (parse->failed || (out->uid_count == 0) == (out->gid_count == 0)) return;
    node_wrong(parse, out->uid_count == 0 ? &uids : &gids, "is required beside the other");
}

static mode_t device_type(struct parse *parse, const struct node *item) {
    struct node node = node_member(parse, item, "type");
    const char *type = "";
    node_string(parse, &node, &type);
    if (strcmp(type, "c") == 0 || strcmp(type, "u") == 0) return S_IFCHR;
    if (strcmp(type, "b") == 0) return S_IFBLK;
    if (strcmp(type, "p") == 0) return S_IFIFO;
    node_wrong(parse, &node, "must be c, u, b or p");
    return 0;
}

static void parse_devices(struct parse *parse, const struct node *node, struct plan *plan) {
    size_t count = node_count(parse, node, MAX_DEVICES);
    plan->devices = parse_memory(parse, arena_array(parse->arena, count + 1, sizeof *plan->devices));
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(node, i), path = node_member(parse, &item, "path");
        struct plan_device *device = &plan->devices[plan->device_count++];
        config_absolute(parse, &path, &device->path);
        device->mode = device_type(parse, &item) | (parse_u32(parse, &item, "fileMode", 0666) & 07777);
        device->major = parse_u32(parse, &item, "major", 0);
        device->minor = parse_u32(parse, &item, "minor", 0);
        device->uid = parse_u32(parse, &item, "uid", 0);
        device->gid = parse_u32(parse, &item, "gid", 0);
        if (!parse->failed && device->path == NULL) node_wrong(parse, &path, "is required");
    }
}

static void parse_paths(struct parse *parse, const struct node *node, char ***out) {
    size_t count = 0;
    node_strings(parse, node, out, &count);
    for (size_t i = 0; i < count; i++) {
        struct node item = node_item(node, i);
        if ((*out)[i][0] != '/') node_wrong(parse, &item, "must be an absolute path");
    }
}

// `net.ipv4.ip_forward` to net/ipv4/ip_forward; a name can't leave /proc/sys.
static const char *sysctl_path(struct parse *parse, const char *name) {
    char *path = parse_memory(parse, arena_string(parse->arena, name));
    if (path != NULL && strchr(path, '/') == NULL)
        for (char *at = path; (at = strchr(at, '.')) != NULL; at++) *at = '/';
    return path;
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

// Only what belongs to a namespace that the container has for itself: all else would change the machine.
static bool namespaced(const struct plan *plan, const char *path) {
    if (starts_with(path, "net/")) return plan->namespaces[NS_NET].wanted;
    if (strcmp(path, "kernel/domainname") == 0) return plan->namespaces[NS_UTS].wanted;
    if (starts_with(path, "kernel/msg") || starts_with(path, "kernel/shm") || starts_with(path, "fs/mqueue/") ||
        strcmp(path, "kernel/sem") == 0)
        return plan->namespaces[NS_IPC].wanted;
    return false;
}

static void parse_sysctls(struct parse *parse, const struct node *node, struct plan *plan) {
    if (node->value == NULL || parse->failed) return;
    if (!json_object_is_type(node->value, json_type_object)) return node_wrong(parse, node, "must be an object");
    int count = json_object_object_length(node->value);
    if (count > MAX_SYSCTLS) return node_wrong(parse, node, "more than %d items", MAX_SYSCTLS);
    plan->sysctls = parse_memory(parse, arena_array(parse->arena, (size_t)count + 1, sizeof *plan->sysctls));
    if (plan->sysctls == NULL) return;
    json_object_object_foreach(node->value, key, value) {
        struct node item = {.parent = node, .key = key, .value = value};
        struct plan_sysctl *slot = &plan->sysctls[plan->sysctl_count++];
        slot->path = sysctl_path(parse, key);
        slot->value = "";
        node_string(parse, &item, &slot->value);
        if (parse->failed) return;
        if (key[0] == '\0' || key[0] == '/' || strstr(slot->path, "//") != NULL || strstr(slot->path, "..") != NULL)
            return node_wrong(parse, &item, "not a name of a sysctl");
        if (strcmp(slot->path, "kernel/hostname") == 0) return node_wrong(parse, &item, "is what hostname is for");
        if (!namespaced(plan, slot->path))
            return node_wrong(parse, &item, "belongs to no namespace of the container: it would change the machine");
    }
}

// Where the container is counted and limited. Nothing of it is kept without a place.
static void parse_cgroup(struct parse *parse, const struct node *section, struct plan *plan) {
    struct node path = node_member(parse, section, "cgroupsPath"), resources = node_member(parse, section, "resources");
    node_string(parse, &path, &plan->cgroups_path);
    config_resources(parse, &resources, &plan->resources);
    if (parse->failed) return;
    if (plan->cgroups_path != NULL && plan->cgroups_path[0] == '\0') plan->cgroups_path = NULL;
    if (plan->cgroups_path != NULL && strlen(plan->cgroups_path) > CGROUPS_PATH) node_wrong(parse, &path, "longer than %d bytes", CGROUPS_PATH);
}

static void parse_propagation(struct parse *parse, const struct node *node, struct plan *plan) {
    const char *name = NULL;
    bool recursive = false;
    node_string(parse, node, &name);
    if (parse->failed || name == NULL || name[0] == '\0') return;
    plan->root_propagation = config_propagation(name, &recursive);
    if (plan->root_propagation == 0) node_wrong(parse, node, "no such propagation: %.40s", name);
}

void config_linux(struct parse *parse, const struct node *node, struct plan *plan) {
    struct node namespaces = node_member(parse, node, "namespaces"), devices = node_member(parse, node, "devices");
    struct node masked = node_member(parse, node, "maskedPaths"), readonly = node_member(parse, node, "readonlyPaths");
    struct node sysctl = node_member(parse, node, "sysctl"), propagation = node_member(parse, node, "rootfsPropagation");
    parse_namespaces(parse, &namespaces, plan);
    config_id_maps(parse, node, &plan->id_maps);
    parse_devices(parse, &devices, plan);
    parse_paths(parse, &masked, &plan->masked_paths);
    parse_paths(parse, &readonly, &plan->readonly_paths);
    parse_sysctls(parse, &sysctl, plan);
    parse_propagation(parse, &propagation, plan);
    parse_cgroup(parse, node, plan);
    struct node personality = node_member(parse, node, "personality"), offsets = node_member(parse, node, "timeOffsets");
    struct node label = node_member(parse, node, "mountLabel");
    config_personality(parse, &personality, plan);
    config_time_offsets(parse, &offsets, plan);
    config_mount_label(parse, &label, plan);
    struct node rdt = node_member(parse, node, "intelRdt");
    config_rdt(parse, &rdt, plan);
    if (parse->failed || !plan->namespaces[NS_USER].wanted || plan->namespaces[NS_USER].path != NULL) return;
    struct node uids = node_member(parse, node, "uidMappings");
    if (plan->id_maps.uid_count == 0) node_wrong(parse, &uids, "a new user namespace needs them");
}
