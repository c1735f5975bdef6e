// What the commands that start processes (create, run, exec) share: their options and what follows a start.
#ifndef SLIPWAY_OCI_LAUNCH_H
#define SLIPWAY_OCI_LAUNCH_H

#include "common/error.h"
#include "container.h"
#include "oci.h"
#include "plan.h"

#include <stdbool.h>

struct oci_launch {
    const char *bundle, *config; // the file in it, NULL: config.json
    const char *pid_file, *console_socket;
    const char *preserve_text; // --preserve-fds as given
    int preserve_fds, listen_fds;
    bool detach, no_pivot, keep_keyring;
    bool own_place; // the config has no cgroupsPath
    bool keep; // run: the stopped container stays until `delete`
};

/** Checks the options against each other and the plan; LISTEN_FDS of the caller is handed on (sd_listen_fds(3)). */
int oci_launch_check(struct oci_launch *options, struct plan *plan, struct error *err);

/** Tells of the capabilities that the process will not have. */
void oci_launch_warn(const struct oci *oci, const struct plan *plan);

/** The request that the options ask for. */
struct container_request oci_launch_request(const struct oci_launch *options, const struct plan *plan);

/** The process runs (or waits at its gate): gives the terminal away, writes the pid file. */
int oci_launch_announce(const struct oci_launch *options, const struct container *container, struct error *err);

/** Kills the process and waits for its end. */
void oci_launch_take_back(const struct container *container);

#endif
