// A thread that takes the digest of all that a ring carries. Knows no content.
#ifndef SLIPWAY_LAYER_HASHER_H
#define SLIPWAY_LAYER_HASHER_H

#include "layer/ring.h"
#include "layer/sha256.h"

struct hasher {
    struct ring *in;
    int reader; // of `in`
    char digest[DIGEST_TEXT];
};

/** Thread function; `data` is the struct hasher. */
void *hasher_run(void *data);

#endif
