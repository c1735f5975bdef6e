// The agent that answers a container's system calls in the place of the kernel (runtime-spec config-linux.md, "seccomp":
// SCMP_ACT_NOTIFY, listenerPath, "The Container Process State"; seccomp_unotify(2)).
#ifndef SLIPWAY_NOTIFY_H
#define SLIPWAY_NOTIFY_H

#include "common/error.h"
#include "hooks.h"
#include "plan.h"

#include <stddef.h>

/** What the agent is told, made while every system call is still the process's own. */
struct notify {
    int socket; // connected to the agent; -1: there is none
    char *text;
    size_t size;
};

/** In the parent, with the machine's files in sight: connects to the agent of a plan that has one. */
int notify_connect(const struct plan_seccomp *seccomp, struct error *err);

/** The pid of this process as the runtime sees it; while the machine's /proc is in sight. 0 with err. */
pid_t notify_pid(struct error *err);

/** The container process state as JSON into `notify`, to be freed by the caller. */
int notify_prepare(const struct plan_seccomp *seccomp, const struct container_state *state, struct notify *notify, struct error *err);

/** Sends it with the listener's descriptor: one sendmsg(2), which no filter may hand to the agent. */
int notify_send(const struct notify *notify, int listener, struct error *err);

#endif
