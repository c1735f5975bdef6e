// The processes of a cgroup and of those below it.
#ifndef SLIPWAY_CGROUP_PROCS_H
#define SLIPWAY_CGROUP_PROCS_H

#include <stddef.h>
#include <sys/types.h>

enum { CGROUP_DEPTH = 128 };

/** Calls `visit` on each cgroup directly below `dir`. 0, or -1 with errno. */
int procs_each_below(int dir, int depth, int (*visit)(int parent, const char *name, int depth, void *context), void *context);

struct cgroup_pids {
    pid_t *list;
    size_t count, room;
};

/** Process ids as this process sees them, those it can't see left out; `out->list` is to be freed. 0, or -1 with errno. */
int cgroup_pids(int dir, struct cgroup_pids *out);

/** Sends `number` to each once. 0, or -1 with errno. */
int cgroup_signal(int dir, int number);

#endif
