// Typed reading of a JSON document with the place of a mistake in the error. Knows no schema.
#include "json_node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 64, MAX_STRINGS = 65536 };

int json_document(const char *text, size_t size, const char *what, struct json_object **document, struct error *err) {
    if (size > INT32_MAX) return error_set(err, EFBIG, "config", what, "too large");
    struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
    if (tokener == NULL) return error_set(err, ENOMEM, "config", what, "out of memory");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    // With its zero byte, so that a bare number at the end is complete too.
    *document = json_tokener_parse_ex(tokener, text, (int)size + 1);
    enum json_tokener_error problem = json_tokener_get_error(tokener);
    size_t at = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (problem == json_tokener_success) return 0;
    json_object_put(*document);
    *document = NULL;
    return error_set(err, EINVAL, "config", what, "not JSON: %s at byte %zu", json_tokener_error_desc(problem), at);
}

struct node node_root(struct json_object *value) {
    return (struct node){.key = "", .value = value};
}

// Writes `process.args[2]`; the root is "".
static size_t place(const struct node *node, char *text, size_t size) {
    if (node->parent == NULL) {
        text[0] = '\0';
        return 0;
    }
    size_t used = place(node->parent, text, size);
    int more = node->key == NULL ? snprintf(text + used, size - used, "[%zu]", node->index)
                                 : snprintf(text + used, size - used, "%s%s", used == 0 ? "" : ".", node->key);
    size_t end = used + (more < 0 ? 0 : (size_t)more);
    return end < size ? end : size - 1;
}

void node_wrong(struct parse *parse, const struct node *node, const char *format, ...) {
    if (parse->failed) return;
    parse->failed = true;
    char path[256], reason[200];
    place(node, path, sizeof path);
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    error_set(parse->err, EINVAL, "config", path, "%s", reason);
}

void *parse_memory(struct parse *parse, void *memory) {
    if (memory == NULL && !parse->failed) {
        parse->failed = true;
        error_set(parse->err, ENOMEM, "config", NULL, "out of memory");
    }
    return memory;
}

struct node node_member(struct parse *parse, const struct node *of, const char *key) {
    struct node node = {.parent = of, .key = key};
    if (of->value == NULL || parse->failed) return node;
    if (!json_object_is_type(of->value, json_type_object)) node_wrong(parse, of, "must be an object");
    else json_object_object_get_ex(of->value, key, &node.value);
    return node;
}

struct node node_item(const struct node *of, size_t index) {
    return (struct node){.parent = of, .index = index, .value = json_object_array_get_idx(of->value, index)};
}

size_t node_count(struct parse *parse, const struct node *node, size_t max) {
    if (node->value == NULL || parse->failed) return 0;
    if (!json_object_is_type(node->value, json_type_array)) return node_wrong(parse, node, "must be an array"), 0;
    size_t count = json_object_array_length(node->value);
    if (count > max) return node_wrong(parse, node, "more than %zu items", max), 0;
    return count;
}

// The text of a string value, NULL (recorded) when it is another type or holds a zero byte.
static const char *text_of(struct parse *parse, const struct node *node) {
    if (!json_object_is_type(node->value, json_type_string)) return node_wrong(parse, node, "must be a string"), NULL;
    const char *text = json_object_get_string(node->value);
    if (strlen(text) != (size_t)json_object_get_string_len(node->value)) {
        node_wrong(parse, node, "must not hold a zero byte");
        return NULL;
    }
    return text;
}

static bool asks_nothing(struct json_object *value) {
    switch (json_object_get_type(value)) {
    case json_type_object: return json_object_object_length(value) == 0;
    case json_type_array: return json_object_array_length(value) == 0;
    case json_type_string: return json_object_get_string_len(value) == 0;
    default: return value == NULL;
    }
}

void node_refuse(struct parse *parse, const struct node *of, const char *const *keys) {
    for (; *keys != NULL && !parse->failed; keys++) {
        struct node node = node_member(parse, of, *keys);
        if (!asks_nothing(node.value)) node_wrong(parse, &node, "is not supported");
    }
}

void node_string(struct parse *parse, const struct node *node, const char **out) {
    if (node->value == NULL || parse->failed) return;
    const char *text = text_of(parse, node);
    if (text == NULL) return;
    char *copy = parse_memory(parse, arena_string(parse->arena, text));
    if (copy != NULL) *out = copy;
}

void node_bool(struct parse *parse, const struct node *node, bool *out) {
    if (node->value == NULL || parse->failed) return;
    if (!json_object_is_type(node->value, json_type_boolean)) node_wrong(parse, node, "must be true or false");
    else *out = json_object_get_boolean(node->value);
}

void node_int(struct parse *parse, const struct node *node, int64_t min, int64_t max, int64_t *out) {
    if (node->value == NULL || parse->failed) return;
    if (!json_object_is_type(node->value, json_type_int)) return node_wrong(parse, node, "must be a whole number");
    int64_t value = json_object_get_int64(node->value); // beyond the type it is clamped, so the bounds still decide
    if (value < min || value > max)
        node_wrong(parse, node, "must be between %lld and %lld", (long long)min, (long long)max);
    else *out = value;
}

void node_u64(struct parse *parse, const struct node *node, uint64_t *out) {
    if (node->value == NULL || parse->failed) return;
    if (!json_object_is_type(node->value, json_type_int) ||
        (json_object_get_int64(node->value) < 0 && json_object_get_uint64(node->value) == 0))
        node_wrong(parse, node, "must be a whole number, not negative");
    else *out = json_object_get_uint64(node->value);
}

void node_strings(struct parse *parse, const struct node *node, char ***out, size_t *count) {
    size_t total = node_count(parse, node, MAX_STRINGS);
    char **list = parse_memory(parse, arena_array(parse->arena, total + 1, sizeof *list));
    if (list == NULL) return;
    for (size_t i = 0; i < total && !parse->failed; i++) {
        struct node item = node_item(node, i);
        const char *text = NULL;
        if (item.value == NULL) node_wrong(parse, &item, "must be a string");
        node_string(parse, &item, &text);
        list[i] = (char *)(uintptr_t)text;
    }
    *out = list;
    if (count != NULL) *count = parse->failed ? 0 : total;
}
