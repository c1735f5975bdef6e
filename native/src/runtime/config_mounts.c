// The `mounts` section of config.json (runtime-spec config.md, "mounts"): names of options to flags. Knows no system call.
#include "config_parts.h"

#include <string.h>
#include <sys/mount.h>

enum { MAX_MOUNTS = 4096, MAX_OPTIONS = 4096 };

static const struct {
    const char *name;
    uint64_t set, clear;
} attributes[] = {
    {"ro", MOUNT_ATTR_RDONLY, 0},
    {"rw", 0, MOUNT_ATTR_RDONLY},
    {"nosuid", MOUNT_ATTR_NOSUID, 0},
    {"suid", 0, MOUNT_ATTR_NOSUID},
    {"nodev", MOUNT_ATTR_NODEV, 0},
    {"dev", 0, MOUNT_ATTR_NODEV},
    {"noexec", MOUNT_ATTR_NOEXEC, 0},
    {"exec", 0, MOUNT_ATTR_NOEXEC},
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"atime", 0, MOUNT_ATTR__ATIME},
    {"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"diratime", 0, MOUNT_ATTR_NODIRATIME},
    {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
};

uint64_t config_propagation(const char *name, bool *recursive) {
    static const struct {
        const char *name;
        uint64_t flag;
    } table[] = {{"private", MS_PRIVATE}, {"shared", MS_SHARED}, {"slave", MS_SLAVE}, {"unbindable", MS_UNBINDABLE}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        *recursive = name[0] == 'r';
        if (strcmp(name + *recursive, table[i].name) == 0) return table[i].flag;
    }
    return 0;
}

// The later option wins, so each takes its bits out of the opposite side.
static void apply(uint64_t *set, uint64_t *clear, uint64_t more_set, uint64_t more_clear) {
    *set = (*set & ~more_clear) | more_set;
    *clear = (*clear & ~more_set) | more_clear;
    if ((more_clear & MOUNT_ATTR__ATIME) != 0) *clear |= MOUNT_ATTR__ATIME; // a field, not a bit: always cleared first
}

static bool take_attribute(struct plan_mount *mount, const char *option) {
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (strcmp(option, attributes[i].name) == 0) {
            apply(&mount->set, &mount->clear, attributes[i].set, attributes[i].clear);
            return true;
        }
        if (option[0] == 'r' && strcmp(option + 1, attributes[i].name) == 0) {
            apply(&mount->recursive_set, &mount->recursive_clear, attributes[i].set, attributes[i].clear);
            return true;
        }
    }
    return false;
}

// Ours, not the specification's: see native/README.md.
static bool take_volume_word(struct plan_mount *mount, const char *option) {
    if (mount->kind != PLAN_MOUNT_BIND) return false;
    if (strcmp(option, "copyup=first") == 0) mount->copy_up = PLAN_COPY_FIRST;
    else if (strcmp(option, "copyup=rest") == 0) mount->copy_up = PLAN_COPY_REST;
    else if (strncmp(option, "subpath=", 8) == 0) mount->subpath = option + 8;
    else return false;
    return true;
}

static bool take_word(struct plan_mount *mount, const char *option) {
    bool recursive = false;
    uint64_t propagation = config_propagation(option, &recursive);
    if (strcmp(option, "defaults") == 0) return true;
    if (take_volume_word(mount, option)) return true;
    if (strcmp(option, "tmpcopyup") == 0 && mount->kind == PLAN_MOUNT_TMPFS) {
        mount->copy_up = PLAN_COPY_TMPFS;
        return true;
    }
    if (strcmp(option, "idmap") == 0 || strcmp(option, "ridmap") == 0) {
        mount->ids_recursive = option[0] == 'r';
        return mount->ids_mapped = true;
    }
    if (strcmp(option, "bind") == 0 || strcmp(option, "rbind") == 0) {
        mount->kind = PLAN_MOUNT_BIND;
        mount->bind_recursive = option[0] == 'r';
        return true;
    }
    if (propagation == 0) return take_attribute(mount, option);
    mount->propagation = propagation;
    mount->propagation_recursive = recursive;
    return true;
}

static void add_option(struct parse *parse, struct plan_mount *mount, char *option) {
    struct plan_option *slot = &mount->options[mount->option_count++];
    char *equals = strchr(option, '=');
    slot->key = option;
    if (equals == NULL) return;
    *equals = '\0';
    slot->value = equals + 1;
    (void)parse;
}

static void parse_options(struct parse *parse, const struct node *node, struct plan_mount *mount) {
    char **list = NULL;
    size_t count = 0;
    node_strings(parse, node, &list, &count);
    if (count > MAX_OPTIONS) return node_wrong(parse, node, "more than %d options", MAX_OPTIONS);
    mount->options = parse_memory(parse, arena_array(parse->arena, count + 1, sizeof *mount->options));
    if (parse->failed) return;
    for (size_t i = 0; i < count; i++)
        if (!take_word(mount, list[i])) add_option(parse, mount, list[i]);
    if (mount->kind == PLAN_MOUNT_BIND && mount->option_count > 0)
        node_wrong(parse, node, "no such option of a bind mount: %.60s", mount->options[0].key);
}

static enum plan_mount_kind kind_of(const char *type) {
    static const struct {
        const char *type;
        enum plan_mount_kind kind;
    } table[] = {
        {"bind", PLAN_MOUNT_BIND},     {"rbind", PLAN_MOUNT_BIND},     {"proc", PLAN_MOUNT_PROC},     {"sysfs", PLAN_MOUNT_SYSFS},
        {"cgroup", PLAN_MOUNT_CGROUP}, {"cgroup2", PLAN_MOUNT_CGROUP}, {"devpts", PLAN_MOUNT_DEVPTS}, {"mqueue", PLAN_MOUNT_MQUEUE},
        {"tmpfs", PLAN_MOUNT_TMPFS},
    };
    for (size_t i = 0; type != NULL && i < sizeof table / sizeof *table; i++)
        if (strcmp(type, table[i].type) == 0) return table[i].kind;
    return PLAN_MOUNT_FS;
}

static void parse_mount(struct parse *parse, const struct node *node, struct plan_mount *mount) {
    struct node destination = node_member(parse, node, "destination"), type = node_member(parse, node, "type");
    struct node source = node_member(parse, node, "source"), options = node_member(parse, node, "options");
    config_absolute(parse, &destination, &mount->destination);
    node_string(parse, &type, &mount->type);
    node_string(parse, &source, &mount->source);
    if (!parse->failed && mount->destination == NULL) node_wrong(parse, &destination, "is required");
    mount->kind = kind_of(mount->type);
    mount->bind_recursive = mount->type != NULL && strcmp(mount->type, "rbind") == 0;
    parse_options(parse, &options, mount);
    config_id_maps(parse, node, &mount->id_maps);
    mount->ids_mapped = mount->ids_mapped || mount->id_maps.uid_count > 0;
    if (parse->failed) return;
    if (mount->ids_mapped && mount->kind != PLAN_MOUNT_BIND) node_wrong(parse, node, "only the ids of a bind mount can be mapped");
    if (mount->kind != PLAN_MOUNT_BIND && (mount->type == NULL || mount->type[0] == '\0'))
        node_wrong(parse, &type, "is required");
    if (mount->kind == PLAN_MOUNT_BIND && (mount->source == NULL || mount->source[0] == '\0'))
        node_wrong(parse, &source, "is required for a bind mount");
}

void config_mounts(struct parse *parse, const struct node *node, struct plan *plan) {
    size_t count = node_count(parse, node, MAX_MOUNTS);
    plan->mounts = parse_memory(parse, arena_array(parse->arena, count + 1, sizeof *plan->mounts));
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(node, i);
        struct plan_mount *mount = &plan->mounts[plan->mount_count];
        *mount = (struct plan_mount){.tree = -1};
        parse_mount(parse, &item, mount);
        if (parse->failed) return;
        if (strcmp(mount->destination, "/") != 0) {
            plan->mount_count++;
            continue;
        }
        if (mount->kind != PLAN_MOUNT_FS || strcmp(mount->type, "overlay") != 0 || plan->root_overlay != NULL)
            return node_wrong(parse, &item, "only one overlay can be mounted on /");
        plan->root_overlay = parse_memory(parse, arena_copy(parse->arena, mount, sizeof *mount));
    }
}
