// Whether two unpacked layers are the same: names, types, attributes, content. Reads only; knows no archive.
#ifndef SLIPWAY_LAYER_COMPARE_H
#define SLIPWAY_LAYER_COMPARE_H

#include "layer/layer_error.h"
#include "layer/tar.h"

#include <stdbool.h>

struct comparison {
    bool same;
    char path[TAR_NAME];  // of the first difference, in the order of names; "." is the directory itself
    const char *what;     // `missing`, `added`, `type`, `mode`, `owner`, `device`, `links`, `size`, `time`, `attributes`, `target`, `content`
};

/**
 * Compares the tree below `second` with the one below `first`, which counts as right. The times of directories and whiteouts are no matter:
 * those that no entry of the archive was about have the time of their unpacking. 0 with the result, or -1 when something can't be read.
 */
int compare_trees(const char *first, const char *second, struct comparison *result, struct error *err);

#endif
