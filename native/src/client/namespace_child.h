// The process that becomes the holder, step by step: unshare, wait for its ids, mounts, wait to be kept. Knows no file of the run directory.
#ifndef SLIPWAY_CLIENT_NAMESPACE_CHILD_H
#define SLIPWAY_CLIENT_NAMESPACE_CHILD_H

#include "client/holder.h"

#include <stddef.h>
#include <sys/types.h>

struct namespace_child {
    pid_t pid;
    int channel;
};

/** Starts a child in a new user and mount namespace without ids. HOLDER_REFUSED writes the reason. */
enum holder_result namespace_child_start(struct namespace_child *child, char *reason, size_t room, struct error *err);

/** After its ids are mapped: the child takes its mounts out of the machine's propagation. HOLDER_REFUSED writes the reason. */
enum holder_result namespace_child_prepare(struct namespace_child *child, char *reason, size_t room, struct error *err);

/** Lets the child live on as the holder. */
void namespace_child_keep(struct namespace_child *child);

/** Ends the child and waits for it. */
void namespace_child_end(struct namespace_child *child);

#endif
