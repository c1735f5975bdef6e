// Masked and read-only paths of the container.
#ifndef SLIPWAY_MASKS_H
#define SLIPWAY_MASKS_H

#include "common/error.h"
#include "plan.h"

/** Hides plan->masked_paths and makes plan->readonly_paths read-only; what does not exist is skipped. */
int masks_apply(const struct plan *plan, int rootfs, struct error *err);

#endif
