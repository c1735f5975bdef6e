// Compression from one ring into another. Knows neither archive nor file.
#ifndef SLIPWAY_LAYER_ENCODE_H
#define SLIPWAY_LAYER_ENCODE_H

#include "layer/layer_error.h"
#include "layer/out.h"
#include "layer/ring.h"

struct encode {
    struct ring *in;
    int reader;              // of `in`
    struct ring *out;
    const char *compression; // "gzip", "zstd" or "none"
    struct out put;          // for the formats: into `out`
    struct error err;        // code 0: none
};

bool encode_is_known(const char *compression);

/** Thread function; `data` is the struct encode. */
void *encode_run(void *data);

/** The formats: all of the input. 0; -1 (error set, or nothing to say when input or output broke off). */
int encode_gzip(struct encode *encode);
int encode_zstd(struct encode *encode);

#endif
