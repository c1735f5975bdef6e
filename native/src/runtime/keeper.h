// A process that does nothing but keep a place alive, a control group or a namespace, until its maker has what it wants of it.
#ifndef SLIPWAY_KEEPER_H
#define SLIPWAY_KEEPER_H

#include "common/error.h"

#include <stdint.h>
#include <sys/types.h>

/** Forks one, into new namespaces of these CLONE_ flags. It ends with this process, by itself or when it is killed. */
pid_t keeper_start(uint64_t namespaces, const char *step, struct error *err);

/** Ends it and waits for that; none (-1) is nothing to do. */
void keeper_end(pid_t pid);

#endif
