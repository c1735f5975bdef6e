// Whether one name is the same in two directories. Knows no tree.
#ifndef SLIPWAY_LAYER_COMPARE_ENTRY_H
#define SLIPWAY_LAYER_COMPARE_ENTRY_H

#include <sys/stat.h>

/**
 * Compares `name` (never followed) in two open directories. `*what` is NULL when they are the same, else the kind of difference
 * (compare.h); `*status` is the first one's. 0, or -1 with errno when one can't be read.
 */
int compare_entry(int first, int second, const char *name, struct stat *status, const char **what);

#endif
