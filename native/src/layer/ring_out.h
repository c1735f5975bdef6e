// Pushing bytes into a ring. Knows no content.
#ifndef SLIPWAY_LAYER_RING_OUT_H
#define SLIPWAY_LAYER_RING_OUT_H

#include "layer/out.h"
#include "layer/ring.h"

/** Output whose blocks are the ring's. */
struct out ring_out(struct ring *ring);

/** Hands the last block on and ends the ring. */
void ring_out_finish(struct out *out, enum ring_end end);

#endif
