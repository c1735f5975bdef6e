// Bytes pulled block by block. Knows no format.
#ifndef SLIPWAY_LAYER_STREAM_H
#define SLIPWAY_LAYER_STREAM_H

#include <stddef.h>
#include <stdint.h>

/** `more` replaces `at` and `left` with the next block: 1, 0 at the end, -1 when the bytes broke off. */
struct stream {
    int (*more)(struct stream *stream);
    void *source;
    const uint8_t *at;
    size_t left;
};

/** Makes `at` and `left` show at least one byte. 1, 0 at the end, -1. */
int stream_peek(struct stream *stream);

/** Copies up to `size` bytes; fewer only at the end. The bytes copied, or -1. */
int64_t stream_read(struct stream *stream, void *buffer, size_t size);

/** Passes over up to `size` bytes; fewer only at the end. The bytes passed, or -1. */
int64_t stream_skip(struct stream *stream, uint64_t size);

#endif
