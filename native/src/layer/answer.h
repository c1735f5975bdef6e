// The JSON lines on standard output: one, and before it one for each change of a diff. Knows no layer.
#ifndef SLIPWAY_LAYER_ANSWER_H
#define SLIPWAY_LAYER_ANSWER_H

#include "layer/compare.h"
#include "layer/copy.h"
#include "layer/diff.h"
#include "layer/pack.h"
#include "layer/unpack.h"

/** Each writes its line; 0, or -1 when it could not be written. */
int answer_unpacked(const struct unpacked *unpacked);
int answer_packed(const struct packed *packed);
int answer_synced(void);
int answer_change(enum diff_kind kind, const char *path);
int answer_compared(uint64_t changes);
int answer_copied(const struct copied *copied);
int answer_same(const struct comparison *comparison);
int answer_error(const struct error *err);

#endif
