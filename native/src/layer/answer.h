// The one JSON line on standard output. Knows no layer.
#ifndef SLIPWAY_LAYER_ANSWER_H
#define SLIPWAY_LAYER_ANSWER_H

#include "layer/unpack.h"

/** Each writes its line; 0, or -1 when it could not be written. */
int answer_unpacked(const struct unpacked *unpacked);
int answer_synced(void);
int answer_error(const struct error *err);

#endif
