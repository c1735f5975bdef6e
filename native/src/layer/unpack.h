// One layer from standard input to a directory, in one pass of four threads. Knows the parts, not how they work.
#ifndef SLIPWAY_LAYER_UNPACK_H
#define SLIPWAY_LAYER_UNPACK_H

#include "layer/names.h"
#include "layer/options.h"
#include "layer/sha256.h"

struct unpacked {
    char digest[DIGEST_TEXT];
    uint64_t size;
    char diff_id[DIGEST_TEXT];
    uint64_t diff_size;
    uint64_t entries;
    uint64_t bytes;
    const char *compression;
    struct names implied; // the caller's to free
};

/** 0, or -1 with the error that explains the others. */
int unpack_run(const struct options *options, struct unpacked *unpacked, struct error *err);

#endif
