// A tree as a layer to a file or standard output, in one pass of four threads. Knows the parts, not how they work.
#ifndef SLIPWAY_LAYER_PACK_H
#define SLIPWAY_LAYER_PACK_H

#include "layer/names.h"
#include "layer/options.h"
#include "layer/sha256.h"

struct packed {
    char digest[DIGEST_TEXT];
    uint64_t size;
    char diff_id[DIGEST_TEXT];
    uint64_t diff_size;
    uint64_t entries;
    uint64_t bytes;
    struct names skipped; // the caller's to free
};

/** `output`: where the layer goes without `--blob`. 0, or -1 with the error that explains the others. */
int pack_run(const struct options *options, int output, struct packed *packed, struct error *err);

#endif
