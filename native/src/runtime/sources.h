// Sources of bind mounts that only the parent can reach or change: with mapped ids (runtime-spec config.md, "mounts": idmap, ridmap;
// mount_setattr(2), MOUNT_ATTR_IDMAP), or in directories that are closed to the ids of a container's user namespace.
#ifndef SLIPWAY_SOURCES_H
#define SLIPWAY_SOURCES_H

#include "common/error.h"
#include "plan.h"

/** A detached copy of a bind's source, or of its subpath. A descriptor or -1. */
int sources_clone(const struct plan *plan, const struct plan_mount *mount, struct error *err);

/**
 * In the parent: makes the tree of each such mount for the child to attach. `joined`: descriptor of the user namespace that the container
 * joins, -1 for none. -1 with err, whose path is the mount's destination or source; what was made is closed by {@link sources_close}.
 */
int sources_open(struct plan *plan, int joined, struct error *err);

/** Closes the trees. */
void sources_close(struct plan *plan);

#endif
