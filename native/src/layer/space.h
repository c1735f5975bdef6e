// What the file system still has for a layer, and what of it is left to others. Knows no archive.
#ifndef SLIPWAY_LAYER_SPACE_H
#define SLIPWAY_LAYER_SPACE_H

#include "layer/layer_error.h"

#include <stdbool.h>
#include <stdint.h>

struct space {
    int fd;             // somewhere on the file system
    uint64_t unchecked; // bytes and files taken since it was looked at
};

/** `bytes` were written for the entry `name`: 0, or -1 with NoSpace when less than the reserve is left. */
int space_took_bytes(struct space *space, uint64_t bytes, const char *name, struct error *err);

/** The same for a file, directory or link that was made. */
int space_took_file(struct space *space, const char *name, struct error *err);

/** Where the kernel said that there is no space: says so if it is files that there is no room for. */
void space_explain(const struct space *space, struct error *err);

#endif
