// `--systemd-cgroup`: the container's cgroup is a transient scope.
#ifndef SLIPWAY_OCI_SCOPE_H
#define SLIPWAY_OCI_SCOPE_H

#include "oci.h"
#include "plan.h"

/** A scope being made: a process of ours keeps it until the container's is in it. */
struct oci_scope {
    char name[256]; // "" without one
    pid_t keeper;   // -1: none
};

/** Makes the scope that the plan's `SLICE:PREFIX:NAME` asks for and puts its cgroup in the plan's place. Nothing without --systemd-cgroup. */
int oci_scope_make(const struct oci *oci, struct plan *plan, struct oci_scope *out, struct error *err);

/** The container's process is in it, or (`failed`) there will be none and the scope ends. */
void oci_scope_settle(const struct oci_scope *scope, const char *cgroup, bool failed);

/** Takes the cgroup of a container away, and its scope. */
int oci_scope_leave(const struct oci_state *state, struct error *err);

#endif
