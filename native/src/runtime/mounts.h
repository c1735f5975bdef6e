// The mounts of config.json, put into the rootfs one after the other.
#ifndef SLIPWAY_MOUNTS_H
#define SLIPWAY_MOUNTS_H

#include "common/error.h"
#include "plan.h"

/** Carries out plan->mounts below `rootfs`; called before pivot_root, in the container's namespaces. */
int mounts_apply(const struct plan *plan, int rootfs, struct error *err);

#endif
