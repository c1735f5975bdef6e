// Content of regular files. Knows no other type of entry.
#ifndef SLIPWAY_LAYER_APPLY_FILE_H
#define SLIPWAY_LAYER_APPLY_FILE_H

#include "layer/apply.h"

/** Writes the present entry's data into the new file `fd`, holes left out. 0 or -1. */
int apply_file_data(struct apply *apply, int fd, struct error *err);

#endif
