// Hooks: programs of the caller that run at moments of a container's life, with its state on their standard input.
#ifndef SLIPWAY_HOOKS_H
#define SLIPWAY_HOOKS_H

#include "common/error.h"
#include "plan.h"

#include <stdio.h>
#include <sys/types.h>

/** What a hook, `state` and a seccomp agent are told of a container (runtime-spec runtime.md, "State"). */
struct container_state {
    const char *id, *bundle;
    const char *status;      // creating, created, running, stopped
    pid_t pid;               // 0: none
    const char *annotations; // JSON text or NULL
    const char *created;     // time, of `list` only; else NULL
};

/** The state as one JSON object without a line's end. */
void container_state_print(FILE *out, const struct container_state *state);

/**
 * Runs the hooks of one kind one after the other in this process's namespaces, in the directory `cwd`, and stops at the first that fails:
 * -1 with err, whose path is the hook's and whose message ends with what it said. One that takes longer than its
 * time-out is killed with its process group. Must not run in a child that shares its parent's memory.
 */
int hooks_run(const struct plan_hooks *hooks, enum plan_hook_kind kind, const struct container_state *state, const char *cwd,
              struct error *err);

#endif
