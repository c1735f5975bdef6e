// Typed reading of a JSON document with the place of a mistake in the error. The first mistake sticks: later reads do
// nothing, so a parser reads on and checks once at its end. Knows no schema.
#ifndef SLIPWAY_JSON_NODE_H
#define SLIPWAY_JSON_NODE_H

#include "arena.h"
#include "common/error.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct parse {
    struct arena *arena;
    struct error *err;
    bool failed;
};

/** A value and the way to it. `value` NULL: absent or null. Lives on the stack of its reader. */
struct node {
    const struct node *parent;
    const char *key; // NULL: item `index` of an array
    size_t index;
    struct json_object *value;
};

/** Parses `size` bytes, behind which a zero byte lies (strict, UTF-8, at most 64 levels), into `*document`, which the caller puts with json_object_put. */
int json_document(const char *text, size_t size, const char *what, struct json_object **document, struct error *err);

struct node node_root(struct json_object *value);
struct node node_member(struct parse *parse, const struct node *of, const char *key);
struct node node_item(const struct node *of, size_t index);

/** Number of items; an absent array has none, another type is a mistake. `max` bounds it. */
size_t node_count(struct parse *parse, const struct node *node, size_t max);

/** Each leaves `*out` as it is when the value is absent. Strings are copied and hold no zero byte. */
void node_string(struct parse *parse, const struct node *node, const char **out);
void node_bool(struct parse *parse, const struct node *node, bool *out);
void node_int(struct parse *parse, const struct node *node, int64_t min, int64_t max, int64_t *out);
void node_u64(struct parse *parse, const struct node *node, uint64_t *out);
/** An array of strings as a NULL-terminated vector, never NULL. */
void node_strings(struct parse *parse, const struct node *node, char ***out, size_t *count);

/** Records a mistake for each of the NULL-terminated `keys` of `of` that asks for something (is not null, "" or empty). */
void node_refuse(struct parse *parse, const struct node *of, const char *const *keys);

/** Records a mistake at `node`. */
void node_wrong(struct parse *parse, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Records that memory ran out. Returns NULL, to be used in allocations. */
void *parse_memory(struct parse *parse, void *memory);

#endif
