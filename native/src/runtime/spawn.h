// Making the child: one clone3, in its namespaces and its cgroup from the first instruction.
#ifndef SLIPWAY_SPAWN_H
#define SLIPWAY_SPAWN_H

#include "init.h"

#include <stdint.h>
#include <sys/types.h>

/**
 * Starts `init_run(init)` with CLONE_ `flags`; `cgroup`: directory it is born in, -1: this process's. With `share` it works in this
 * process's memory, which sleeps until the child has exec'd or ended: for a child that needs nothing of its parent before that.
 */
pid_t spawn(uint64_t flags, int cgroup, bool share, struct init *init, int *pidfd);

/**
 * The same for a child in the namespaces `joined`, a user namespace among them or to be made: a helper enters them, and the child becomes
 * this process's own. Always a copy. -1 with err.
 */
pid_t spawn_inside(uint64_t flags, int cgroup, struct namespaces *joined, struct init *init, int *pidfd, struct error *err);

#endif
