// Bytes pushed block by block; the counterpart of stream.h. Knows no format.
#ifndef SLIPWAY_LAYER_OUT_H
#define SLIPWAY_LAYER_OUT_H

#include <stddef.h>
#include <stdint.h>

/** `next` hands `used` bytes of `block` on and sets another empty block of `size` bytes (the first time: only that). 0, or -1 when nobody takes any more. */
struct out {
    int (*next)(struct out *out);
    void *target;
    uint8_t *block;
    size_t size, used;
    uint64_t total; // bytes ever put
};

/** Makes room for at least one byte and shows it. 0 or -1. */
int out_room(struct out *out, uint8_t **at, size_t *room);

/** `size` bytes were written into the room. */
void out_add(struct out *out, size_t size);

/** 0 or -1. */
int out_put(struct out *out, const void *data, size_t size);
int out_zeros(struct out *out, uint64_t size);

#endif
