// Ids of user namespaces: what is mapped here, and writing the maps of a new one.
#ifndef SLIPWAY_IDMAP_H
#define SLIPWAY_IDMAP_H

#include "common/error.h"
#include "plan.h"

#include <stdbool.h>
#include <sys/types.h>

/** True when this process's user namespace maps the group id written in `text`. */
bool idmap_has_gid(const char *text);

/** True in the machine's own user namespace. */
bool idmap_is_initial(void);

/** Keeps those of `count` group ids that are mapped here, in their order; returns how many. */
size_t idmap_keep_gids(gid_t *gids, size_t count);

/** Writes maps for process `pid`, which waits in its new user namespace: by itself or with newuidmap. */
int idmap_write(const struct plan_id_maps *maps, pid_t pid, struct error *err);

#endif
