// A tree copied to an empty directory so that overlayfs takes one for the other. Knows no archive.
#ifndef SLIPWAY_LAYER_COPY_H
#define SLIPWAY_LAYER_COPY_H

#include "layer/layer_error.h"

#include <stdbool.h>
#include <stdint.h>

struct copied {
    uint64_t entries;
    uint64_t bytes; // of file content, without holes
};

/**
 * Copies what is in `from` to `to` (exists, empty): content, holes, hard links, owners, modes, times and extended attributes, overlay's own
 * with them; `shell`: only those of the directory itself. Others may be changing `from`; a name that is gone by then is left out. What a failure
 * leaves is the caller's to remove. 0 or -1.
 */
int copy_tree(const char *from, const char *to, bool shell, struct copied *copied, struct error *err);

#endif
