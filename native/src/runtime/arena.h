// Memory of one plan: many small pieces, given back to the kernel in one go. Knows no content.
#ifndef SLIPWAY_ARENA_H
#define SLIPWAY_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks;
};

/** Zeroed memory that lives until {@link arena_free}; NULL with ENOMEM. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);

/** Copies; NULL with ENOMEM. `arena_print` formats. */
char *arena_string(struct arena *arena, const char *text);
void *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_print(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Unmaps everything. */
void arena_free(struct arena *arena);

#endif
