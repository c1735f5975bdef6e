// The last thread of packing: the compressed bytes from a ring to a descriptor, hashed and counted. Knows no format.
#ifndef SLIPWAY_LAYER_SINK_H
#define SLIPWAY_LAYER_SINK_H

#include "layer/layer_error.h"
#include "layer/ring.h"
#include "layer/sha256.h"

struct sink {
    struct ring *in;
    int fd;
    const char *path;        // for errors
    uint64_t size;           // afterwards
    char digest[DIGEST_TEXT];
    struct error err;        // code 0: none
};

/** Thread function; `data` is the struct sink. */
void *sink_run(void *data);

#endif
