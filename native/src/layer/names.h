// A set of path names in the order they came, in one block of memory. Knows no file system.
#ifndef SLIPWAY_LAYER_NAMES_H
#define SLIPWAY_LAYER_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Starts as `{.max = bytes}`: `max` bounds the text of all names. */
struct names {
    size_t max;
    char *text;
    size_t size, room;
    uint32_t *places;  // offset of each name in `text`
    size_t count, places_room;
    uint32_t *table;   // hash → number + 1; as large as a power of two
    size_t table_size;
    bool *gone;
};

/** Adds a name and says its number; one that was there keeps it. 0, or -1 with errno (E2BIG: past `max`). */
int names_add(struct names *names, const char *name, size_t *index);

/** Takes a name out again. */
void names_remove(struct names *names, const char *name);

/** Name number `index` < `count`; NULL when it was taken out. */
const char *names_at(const struct names *names, size_t index);

void names_free(struct names *names);

#endif
