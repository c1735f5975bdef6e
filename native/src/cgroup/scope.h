// Transient scopes of systemd (org.freedesktop.systemd1(5)): a cgroup of its own, asked for over D-Bus.
#ifndef SLIPWAY_CGROUP_SCOPE_H
#define SLIPWAY_CGROUP_SCOPE_H

#include "common/error.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct scope {
    const char *name;        // `x.scope`
    const char *slice;       // NULL: the manager's own
    const char *description;
    bool system;             // the system's manager, else the user's
    int milliseconds;        // for everything
};

/** Makes the scope with process `pid` in it, delegated, and waits until it is there. err->path is `UnitExists` when it already is. */
int scope_start(const struct scope *scope, pid_t pid, struct error *err);

/** Moves `pid` into `subgroup` (`/server`) of a scope that is there. */
int scope_attach(const struct scope *scope, const char *subgroup, pid_t pid, struct error *err);

/** Ends the scope. Unknown: nothing to do. */
int scope_stop(const struct scope *scope, struct error *err);

/** The cgroup v2 path of a process, as this process sees it. */
int scope_of(pid_t pid, char path[PATH_MAX], struct error *err);

#endif
