// The rootfs: mounting it (overlay or a directory) and making it the root of this mount namespace.
#ifndef SLIPWAY_ROOTFS_H
#define SLIPWAY_ROOTFS_H

#include "common/error.h"
#include "plan.h"

/** Mounts the rootfs on plan->root_path; returns a descriptor of its root. After {@link rootfs_propagation}. */
int rootfs_mount(const struct plan *plan, struct error *err);

/**
 * How the mounts of the new namespace go on with the caller's: they follow it (so binds with `rslave` do), nothing goes back; with
 * linux.rootfsPropagation `private` they don't follow, with `shared` binds with `rshared` go back too.
 */
int rootfs_propagation(const struct plan *plan, struct error *err);

/** How that is for everything that the container sees of the machine's mounts: MS_SHARED, MS_SLAVE or MS_PRIVATE. */
unsigned long rootfs_propagation_of(const struct plan *plan);

/** pivot_root into `rootfs`; the old root is gone afterwards. */
int rootfs_pivot(const struct plan *plan, int rootfs, struct error *err);

/** The same without pivot_root (`--no-pivot`): the old root stays mounted below the new one. */
int rootfs_move(const struct plan *plan, int rootfs, struct error *err);

/** The last changes of the root's own mount: read-only, propagation. After {@link rootfs_pivot}. */
int rootfs_finish(const struct plan *plan, struct error *err);

#endif
