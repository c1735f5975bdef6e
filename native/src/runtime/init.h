// The child's side of a start: everything between clone3 and exec, in its one order.
#ifndef SLIPWAY_INIT_H
#define SLIPWAY_INIT_H

#include "container.h"
#include "namespaces.h"
#include "plan.h"

struct init {
    struct plan *plan;
    const struct container_request *request;
    const struct namespaces *joined;
    int control; // to the parent
    int parents; // the parent's end of it, to be closed
    int agent;   // connected to the seccomp agent, else -1
    int target;  // exec: pidfd of the container's first process, else -1
    const struct rdt_door *rdt;
};

/**
 * Runs in the child, which may share the sleeping parent's memory: what it changes there is only what `init` holds, and it
 * frees what it allocates. Becomes the process, or tells the parent the error and ends.
 */
_Noreturn void init_run(const struct init *init);

#endif
