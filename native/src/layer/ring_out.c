// Pushing bytes into a ring. Knows no content.
#include "layer/ring_out.h"

static void publish(struct out *out) {
    if (out->used > 0) ring_publish(out->target, out->used);
    out->used = 0;
}

static int next_block(struct out *out) {
    struct ring *ring = out->target;
    publish(out);
    out->block = ring_claim(ring);
    out->size = out->block == NULL ? 0 : ring->slot_size;
    return out->block == NULL ? -1 : 0;
}

struct out ring_out(struct ring *ring) {
    return (struct out){.next = next_block, .target = ring};
}

void ring_out_finish(struct out *out, enum ring_end end) {
    publish(out);
    ring_finish(out->target, end);
}
