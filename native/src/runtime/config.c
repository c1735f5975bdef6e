// Reading the OCI config.json into a plan: the top level. Knows no system call but reading the files.
#include "config.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "config_parts.h"
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

static inline void cleanup_json(struct json_object **object) {
    json_object_put(*object);
}
#define CLEAN_JSON __attribute__((cleanup(cleanup_json)))

void config_absolute(struct parse *parse, const struct node *node, const char **out) {
    node_string(parse, node, out);
    if (parse->failed || node->value == NULL) return;
    if ((*out)[0] != '/') node_wrong(parse, node, "must be an absolute path");
    else if (strlen(*out) >= PATH_MAX) node_wrong(parse, node, "longer than %d bytes", PATH_MAX - 1);
}

static void parse_root(struct parse *parse, const struct node *config, struct plan *plan) {
    struct node root = node_member(parse, config, "root");
    struct node path = node_member(parse, &root, "path"), readonly = node_member(parse, &root, "readonly");
    const char *text = NULL;
    node_string(parse, &path, &text);
    node_bool(parse, &readonly, &plan->root_readonly);
    if (parse->failed) return;
    if (text == NULL || text[0] == '\0') return node_wrong(parse, &path, "is required");
    plan->root_path = text[0] == '/' ? text : arena_print(parse->arena, "%s/%s", plan->bundle, text);
    parse_memory(parse, (void *)(uintptr_t)plan->root_path);
}

static void parse_name(struct parse *parse, const struct node *config, const char *key, const char **out) {
    struct node node = node_member(parse, config, key);
    node_string(parse, &node, out);
    if (!parse->failed && *out != NULL && strlen(*out) > 64) node_wrong(parse, &node, "longer than 64 bytes");
}

static void parse_annotations(struct parse *parse, const struct node *config, struct plan *plan) {
    struct node node = node_member(parse, config, "annotations");
    if (node.value == NULL || parse->failed) return;
    if (!json_object_is_type(node.value, json_type_object)) return node_wrong(parse, &node, "must be an object");
    const char *text = json_object_to_json_string_ext(node.value, JSON_C_TO_STRING_PLAIN);
    plan->annotations = parse_memory(parse, arena_string(parse->arena, text));
}

static void parse_version(struct parse *parse, const struct node *config) {
    struct node node = node_member(parse, config, "ociVersion");
    const char *version = NULL;
    node_string(parse, &node, &version);
    if (!parse->failed && version != NULL && strncmp(version, "1.", 2) != 0)
        node_wrong(parse, &node, "version %.16s is not supported", version);
}

// Rules that tie several parts together.
static void check_whole(struct parse *parse, const struct node *config, const struct plan *plan) {
    if (parse->failed) return;
    if (!plan->namespaces[NS_MOUNT].wanted || plan->namespaces[NS_MOUNT].path != NULL)
        node_wrong(parse, config, "linux.namespaces needs a new mount namespace");
    else if (plan->hostname != NULL && !plan->namespaces[NS_UTS].wanted)
        node_wrong(parse, config, "hostname needs a uts namespace");
    struct node mounts = node_member(parse, config, "mounts");
    for (size_t i = 0; i < plan->mount_count && !plan->namespaces[NS_USER].wanted; i++)
        if (plan->mounts[i].ids_mapped && plan->mounts[i].id_maps.uid_count == 0)
            return node_wrong(parse, &mounts, "idmap needs uidMappings, or a user namespace (%s)", plan->mounts[i].destination);
}

// A program of the container is not told this program's environment.
static void keep_environment(struct plan *plan) {
    for (size_t i = 0; i < plan->hooks.count[HOOK_START_CONTAINER]; i++) {
        struct plan_hook *hook = &plan->hooks.list[HOOK_START_CONTAINER][i];
        if (hook->env == NULL) hook->env = plan->process.env;
    }
}

static int parse_whole(struct json_object *document, const char *seccomp_cache, struct plan *plan, struct error *err) {
    struct parse parse = {.arena = &plan->arena, .err = err};
    struct node config = node_root(document);
    if (!json_object_is_type(document, json_type_object)) return error_set(err, EINVAL, "config", NULL, "must be an object");
    parse_version(&parse, &config);
    struct node process = node_member(&parse, &config, "process"), mounts = node_member(&parse, &config, "mounts");
    struct node section = node_member(&parse, &config, "linux");
    if (process.value != NULL) config_process(&parse, &process, &plan->process);
    parse_root(&parse, &config, plan);
    parse_name(&parse, &config, "hostname", &plan->hostname);
    parse_name(&parse, &config, "domainname", &plan->domainname);
    config_mounts(&parse, &mounts, plan);
    config_linux(&parse, &section, plan);
    struct node hooks = node_member(&parse, &config, "hooks");
    config_hooks(&parse, &hooks, &plan->hooks);
    parse_annotations(&parse, &config, plan);
    keep_environment(plan);
    config_user(&parse, &config, &plan->process);
    check_whole(&parse, &config, plan);
    if (parse.failed) return -1;
    struct node seccomp = node_member(&parse, &section, "seccomp");
    return filter_prepare(&parse, &seccomp, seccomp_cache, &plan->seccomp);
}

int config_parse(const char *text, size_t size, const char *bundle, const char *seccomp_cache, struct plan *plan,
                 struct error *err) {
    CLEAN_JSON struct json_object *document = NULL;
    plan->bundle = arena_string(&plan->arena, bundle);
    if (plan->bundle == NULL) return error_errno(err, "config", NULL);
    if (json_document(text, size, "config.json", &document, err) < 0) return -1;
    return parse_whole(document, seccomp_cache, plan, err);
}

// The `process` object of an exec in place of the config's own.
static int read_process(const char *path, struct plan *plan, struct error *err) {
    size_t size = 0;
    CLEAN_FREE char *text = io_read_file(AT_FDCWD, path, CONFIG_MAX, &size);
    if (text == NULL) return error_errno(err, "config", path);
    CLEAN_JSON struct json_object *document = NULL;
    if (json_document(text, size, path, &document, err) < 0) return -1;
    struct parse parse = {.arena = &plan->arena, .err = err};
    struct node process = node_root(document);
    plan->process = (struct plan_process){0};
    config_process(&parse, &process, &plan->process);
    return parse.failed ? -1 : 0;
}

int config_read(const char *bundle, const char *file, const char *process_file, const char *seccomp_cache, struct plan *plan,
                struct error *err) {
    *plan = (struct plan){0};
    CLEAN_FREE char *absolute = realpath(bundle, NULL);
    if (absolute == NULL) return error_errno(err, "bundle", bundle);
    CLEAN_FD int dir = open(absolute, O_PATH | O_DIRECTORY | O_CLOEXEC);
    size_t size = 0;
    CLEAN_FREE char *text = dir < 0 ? NULL : io_read_file(dir, file == NULL ? "config.json" : file, CONFIG_MAX, &size);
    if (text == NULL && file != NULL) return error_errno(err, "config", file);
    if (text == NULL) return error_errno(err, "bundle config.json", absolute);
    if (config_parse(text, size, absolute, seccomp_cache, plan, err) < 0) return -1;
    if (process_file != NULL && read_process(process_file, plan, err) < 0) return -1;
    if (plan->process.args == NULL) return error_set(err, EINVAL, "config", "process", "is required");
    return 0;
}

uint64_t plan_nodev(const struct plan *plan) {
    bool mounts = (plan->process.caps.bounding >> CAP_SYS_ADMIN & 1) != 0;
    bool controlled = plan->device_controller && (plan->process.caps.bounding >> CAP_MKNOD & 1) != 0 && !plan->namespaces[NS_USER].wanted;
    return mounts || controlled ? 0 : MOUNT_ATTR_NODEV;
}

int config_hooks_text(const char *text, struct arena *arena, struct plan_hooks *hooks, struct error *err) {
    CLEAN_JSON struct json_object *document = NULL;
    struct parse parse = {.arena = arena, .err = err};
    if (json_document(text, strlen(text), "hooks", &document, err) < 0) return -1;
    struct node node = node_root(document);
    config_hooks(&parse, &node, hooks);
    return parse.failed ? -1 : 0;
}

void plan_free(struct plan *plan) {
    arena_free(&plan->arena);
    *plan = (struct plan){0};
}
