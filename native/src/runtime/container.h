// Starting a process in its container: the parent's side. Knows neither the shim's sockets nor the OCI command line.
#ifndef SLIPWAY_CONTAINER_H
#define SLIPWAY_CONTAINER_H

#include "common/error.h"
#include "plan.h"
#include "rdt.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct container_request {
    int stdio[3];             // the process's; -1 with a terminal
    bool die_with_parent;     // SIGKILL when the caller ends
    int gate;                 // FIFO (read end): wait there for a byte before exec; -1: at once
    pid_t target;             // exec: a process of the running container; 0: a new container
    uint64_t target_start;    // its start time, against a reused pid
    bool create_cwd;          // make a missing working directory
    int report;               // FIFO: what fails behind the gate is written there as a struct error; -1: nowhere
    const char *id;           // for the hooks' state; NULL: no hook is run
    const char *cgroup;       // where it is born (cgroup.h); an exec's exists. NULL: in this process's own
    bool no_pivot;            // move the root in place of pivot_root: for a root that is the initramfs
    bool keep_keyring;        // no session keyring of its own
    int preserve_fds;         // descriptors from 3 on that the process inherits
    bool cgroup_unasked;      // config.json has no path: where none can be made, there is none
    const struct rdt_place *rdt; // exec: where the container is (rdt.h)
    bool cgroup_there;        // it was made for this container by somebody else (systemd): only limits are set
};

struct container {
    pid_t pid;
    int pidfd;
    int master; // of the terminal, -1 without
    bool in_cgroup; // it has the cgroup that was asked for, which whoever deletes the container removes
    struct rdt_place rdt; // likewise
};

/**
 * Carries out the plan, whose user may be looked up in the rootfs on the way. Returns after the process's exec has succeeded (with a gate: when it waits there), or -1 with
 * err, err->code (125, 126, 127) and nothing left running.
 */
int container_start(struct plan *plan, const struct container_request *request, struct container *out,
                    struct error *err);

/** Takes over an error that the process told, whatever it holds. Returns -1. */
int container_take_error(const struct error *told, struct error *err);

/** Field 22 of /proc/PID/stat. */
int container_start_time(pid_t pid, uint64_t *start, struct error *err);

#endif
