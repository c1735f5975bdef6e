// Intel RDT (runtime-spec config-linux.md, "IntelRdt"): the group of the kernel's resctrl file system that a container belongs to.
// Knows neither config.json nor the container.
#ifndef SLIPWAY_RDT_H
#define SLIPWAY_RDT_H

#include "common/error.h"
#include "plan.h"

#include <limits.h>

/** Where the kernel's file system for it is mounted. */
#ifndef RDT_MOUNT
#define RDT_MOUNT "/sys/fs/resctrl"
#endif

/** Where a container is: plain data, kept with its state. */
struct rdt_place {
    char group[NAME_MAX + 1];   // class of service; "": none
    char monitor[NAME_MAX + 1]; // its group among the class's mon_groups; "": none
    bool made;                  // the class was made for this container, and goes with it
};

/** Files through which a process enters, -1: none. */
struct rdt_door {
    int group, monitor;
};
#define RDT_NO_DOOR ((struct rdt_door){-1, -1})

/**
 * Finds or makes what `rdt` asks for, for the container `id`. A class that is there already must have the schemata that are
 * asked for. An error names the file; nothing of what was made is left then.
 */
int rdt_make(const struct plan_rdt *rdt, const char *id, struct rdt_place *out, struct error *err);

/** Opens the files of a place, while the mount is in sight. A place that is none has none. */
int rdt_open(const struct rdt_place *place, struct rdt_door *out, struct error *err);
void rdt_close(struct rdt_door *door);

/** The calling process enters; its children will be born there. */
int rdt_enter(const struct rdt_door *door, struct error *err);

/** Takes away what was made. What is gone is no error. */
int rdt_remove(const struct rdt_place *place, struct error *err);

#endif
