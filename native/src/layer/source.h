// The first thread: the compressed layer from a descriptor into a ring, hashed and counted on the way. Knows no format.
#ifndef SLIPWAY_LAYER_SOURCE_H
#define SLIPWAY_LAYER_SOURCE_H

#include "layer/layer_error.h"
#include "layer/ring.h"
#include "layer/sha256.h"

#include <stdint.h>

#define SIZE_UNKNOWN UINT64_MAX

struct source {
    int fd;
    int bell;            // a byte on it: the file of `fd` has grown; its end: the file is whole. -1: what `fd` gives is all
    uint64_t expected;   // SIZE_UNKNOWN: any
    bool may_drain;      // a damaged stream is read to its end, to tell a wrong digest from a wrong archive
    struct ring *out;
    uint64_t size;       // afterwards: what was read
    bool whole;          // afterwards: all of it was read
    char digest[DIGEST_TEXT];
    struct error err;    // code 0: none
};

/** Thread function; `data` is the struct source. */
void *source_run(void *data);

#endif
