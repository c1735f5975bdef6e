// The `hooks` section of config.json (runtime-spec config.md, "POSIX-platform Hooks"). Knows no system call.
#include "config_parts.h"

#include <string.h>

enum { MAX_HOOKS = 256, MAX_TIMEOUT = 86400 };

static void parse_hook(struct parse *parse, const struct node *node, struct plan_hook *hook) {
    struct node path = node_member(parse, node, "path"), args = node_member(parse, node, "args");
    struct node env = node_member(parse, node, "env"), timeout = node_member(parse, node, "timeout");
    size_t count = 0;
    int64_t seconds = 0;
    config_absolute(parse, &path, &hook->path);
    if (!parse->failed && hook->path == NULL) node_wrong(parse, &path, "is required");
    node_strings(parse, &args, &hook->args, &count);
    if (env.value != NULL) node_strings(parse, &env, &hook->env, NULL);
    node_int(parse, &timeout, 1, MAX_TIMEOUT, &seconds);
    hook->timeout = (int)seconds;
    if (parse->failed || count > 0) return;
    hook->args = parse_memory(parse, arena_array(parse->arena, 2, sizeof *hook->args));
    if (hook->args != NULL) hook->args[0] = (char *)(uintptr_t)hook->path;
}

static size_t parse_list(struct parse *parse, const struct node *node, struct plan_hook **out) {
    size_t count = node_count(parse, node, MAX_HOOKS);
    if (count == 0) return 0;
    struct plan_hook *list = parse_memory(parse, arena_array(parse->arena, count, sizeof *list));
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(node, i);
        if (item.value == NULL) node_wrong(parse, &item, "must be an object");
        parse_hook(parse, &item, &list[i]);
    }
    *out = list;
    return parse->failed ? 0 : count;
}

void config_hooks(struct parse *parse, const struct node *node, struct plan_hooks *hooks) {
    static const char *const names[HOOK_KINDS] = {
        [HOOK_PRESTART] = "prestart",
        [HOOK_CREATE_RUNTIME] = "createRuntime",
        [HOOK_CREATE_CONTAINER] = "createContainer",
        [HOOK_START_CONTAINER] = "startContainer",
        [HOOK_POSTSTART] = "poststart",
        [HOOK_POSTSTOP] = "poststop",
    };
    size_t total = 0;
    for (int kind = 0; kind < HOOK_KINDS && !parse->failed; kind++) {
        struct node list = node_member(parse, node, names[kind]);
        hooks->count[kind] = parse_list(parse, &list, &hooks->list[kind]);
        total += hooks->count[kind];
    }
    if (parse->failed || total == 0) return;
    const char *text = json_object_to_json_string_ext(node->value, JSON_C_TO_STRING_PLAIN);
    hooks->text = parse_memory(parse, arena_string(parse->arena, text));
}
