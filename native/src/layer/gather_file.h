// Content of regular files that may change while they are read. Knows no other type of entry.
#ifndef SLIPWAY_LAYER_GATHER_FILE_H
#define SLIPWAY_LAYER_GATHER_FILE_H

#include "layer/gather.h"

/** Looks for holes in the open file and makes the entry a sparse one when they are worth it. 0 or -1. */
int gather_file_holes(struct gather *gather, int fd, const struct stat *st, struct error *err);

/** Exactly the data that the entry's header has promised: a file that became shorter ends in zeros, a longer one is cut. 0 or -1. */
int gather_file_data(struct gather *gather, int fd, struct error *err);

#endif
