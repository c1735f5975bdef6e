// What the kernel's schedulers are told of a process: policy, I/O priority, CPUs, execution domain.
#ifndef SLIPWAY_ATTRIBUTES_H
#define SLIPWAY_ATTRIBUTES_H

#include "common/error.h"
#include "plan.h"

#include <stdbool.h>

/** An exec's CPUs while it enters the container, and `final` those that it keeps. */
int attributes_cpus(const struct plan_process *process, bool final, struct error *err);

/** Scheduler, I/O priority and execution domain; with the capabilities of the setup. */
int attributes_apply(const struct plan *plan, struct error *err);

#endif
