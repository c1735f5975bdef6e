// The layers below, for hard links to files that only they have, and for the opaque root. Knows no archive.
#ifndef SLIPWAY_LAYER_LOWER_H
#define SLIPWAY_LAYER_LOWER_H

#include "layer/layer_error.h"
#include "layer/root.h"

#include <stdbool.h>
#include <stddef.h>

/** Directories of the layers below, top first. */
struct lower {
    size_t count;
    const char *const *directories;
};

/** Copies the file `name` (clean) from the topmost layer that has it to the same name in the root. 1; 0 when none has it; -1 with `err`. */
int lower_copy_up(const struct lower *lower, struct root *root, const char *name, struct error *err);

/** Hides everything that the layers below have at their top. 0 or -1. */
int lower_hide_all(const struct lower *lower, struct root *root, struct error *err);

#endif
