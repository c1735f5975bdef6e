// Namespaces: which to make, which to join, and what a new one needs at its start (loopback, host name, sysctls).
#ifndef SLIPWAY_NAMESPACES_H
#define SLIPWAY_NAMESPACES_H

#include "common/error.h"
#include "plan.h"

#include <stdint.h>

/** Descriptors of the namespaces to join, -1 where none. */
struct namespaces {
    int fds[NS_COUNT];
};

void namespaces_close(struct namespaces *namespaces);

/** CLONE_ flags of the namespaces to make, but for a time namespace ({@link namespaces_time}). */
uint64_t namespaces_new(const struct plan *plan);

/** Opens the namespaces that the plan (NULL: nothing) joins by path, verified to be of their kind. */
int namespaces_open(const struct plan *plan, struct namespaces *out, struct error *err);

/** In the parent: children of this process go into the pid namespace at `fd` (a namespace or a pidfd). */
int namespaces_children_into(int fd, struct error *err);

/** In the child: joins all but the pid namespace. */
int namespaces_join(const struct namespaces *namespaces, struct error *err);

/** Joins all of them but a time namespace, for children the pid namespace; what is joined is closed. Only a user namespace needs this. */
int namespaces_join_all(struct namespaces *namespaces, struct error *err);

/** In the child, a copy of its parent: makes the plan's time namespace with its offsets and enters it. `entering` (an exec): nothing. */
int namespaces_time(const struct plan *plan, bool entering, struct error *err);

/**
 * In the child of an exec: joins every namespace of process `pid` (held by `pidfd`) that differs from the own; its time namespace only
 * `with_time`, which a child that shares memory can't.
 */
int namespaces_join_process(int pidfd, pid_t pid, bool with_time, struct error *err);

/** In the new namespaces, with the host's /proc still in view: loopback up, names, sysctls. */
int namespaces_prepare(const struct plan *plan, struct error *err);

#endif
