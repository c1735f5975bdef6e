// The rootfs: mounting it (overlay or a directory) and making it the root of this mount namespace.
#ifndef SLIPWAY_ROOTFS_H
#define SLIPWAY_ROOTFS_H

#include "common/error.h"
#include "plan.h"

/** Mounts the rootfs on plan->root_path; returns a descriptor of its root. The namespace must be private already. */
int rootfs_mount(const struct plan *plan, struct error *err);

/** pivot_root into `rootfs`; the old root is gone afterwards. */
int rootfs_pivot(int rootfs, struct error *err);

/** The last changes of the root's own mount: read-only, propagation. After {@link rootfs_pivot}. */
int rootfs_finish(const struct plan *plan, struct error *err);

#endif
