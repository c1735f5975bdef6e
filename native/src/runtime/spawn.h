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

#endif
