// The second thread: decompression from one ring into another, within limits. Knows neither source nor archive.
#ifndef SLIPWAY_LAYER_DECODE_H
#define SLIPWAY_LAYER_DECODE_H

#include "layer/layer_error.h"
#include "layer/ring.h"

#include <stdatomic.h>
#include <stdint.h>

/**
 * How much may come out: RATIO × what went in + FREE bytes. gzip reaches 1032 and zstd far more, but only on zeros; layers of
 * real files stay below 20. FREE lets a small layer hold one large empty file; free space on the disk is watched besides.
 */
#define DECODE_RATIO 200u
#define DECODE_FREE (1ull << 30)

struct decode {
    struct ring *in;
    struct ring *out;
    uint64_t max_size;       // of the uncompressed layer; UINT64_MAX: no limit of the caller's
    const char *compression; // afterwards: "gzip", "zstd", "none"
    _Atomic uint64_t in_size; // so far; other threads look at it
    uint64_t out_size;       // afterwards: of the uncompressed layer
    const uint8_t *data;     // block of `in` being read
    size_t data_size;
    struct error err;        // code 0: none
};

/** Thread function; `data` is the struct decode. */
void *decode_run(void *data);

/** For the formats: the next block of input replaces `data`. 1, 0 at the end, -1 when the source failed. */
int decode_more(struct decode *decode);

/** For the formats: an empty block of output. NULL when nobody reads any more. */
uint8_t *decode_claim(struct decode *decode);

/** For the formats: hands a block of output on. 0; -1 with the error set when a limit is passed. */
int decode_publish(struct decode *decode, size_t size);

/** The formats: all of the input, of which the first block is in `data`. 0; -1 (error set, or nothing to say when input or output broke off). */
int decode_gzip(struct decode *decode);
int decode_zstd(struct decode *decode);

#endif
