// /dev of a container: device nodes (bound from the host; made only for a container that may mount), links, the console.
#ifndef SLIPWAY_DEVICES_H
#define SLIPWAY_DEVICES_H

#include "common/error.h"
#include "plan.h"

/** Fills /dev below `rootfs` (unless the config binds its own there) and adds plan->devices. */
int devices_apply(const struct plan *plan, int rootfs, struct error *err);

/** Shows the terminal `slave` as /dev/console. */
int devices_console(int rootfs, int slave, struct error *err);

#endif
