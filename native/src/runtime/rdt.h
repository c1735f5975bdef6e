// Intel RDT (runtime-spec config-linux.md, "IntelRdt"): asked for, it is an error that says what this machine lacks.
#ifndef SLIPWAY_RDT_H
#define SLIPWAY_RDT_H

#include "common/error.h"
#include "plan.h"

/** Where the kernel's file system for it is mounted. */
#define RDT_MOUNT "/sys/fs/resctrl"

/** 0 when the plan does not ask for it. */
int rdt_check(const struct plan *plan, struct error *err);

#endif
