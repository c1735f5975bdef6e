// What some directories change in those below it, as docker tells it. Knows no archive.
#ifndef SLIPWAY_LAYER_DIFF_H
#define SLIPWAY_LAYER_DIFF_H

#include "layer/options.h"

#include <stdint.h>

enum diff_kind { DIFF_ADDED = 'A', DIFF_CHANGED = 'C', DIFF_DELETED = 'D' };

/** Takes one change; `path` begins with a slash. 0, or -1 when it takes no more. */
typedef int diff_take(enum diff_kind kind, const char *path);

/**
 * Tells each change to `take`, directories before what is in them, names in the order of their bytes. A directory has changed when its
 * owner or mode has or when something in it has; a file also by its size, time or capabilities. 0 or -1 with `err`.
 */
int diff_run(const struct options *options, diff_take *take, uint64_t *count, struct error *err);

#endif
