// The device controller of cgroup v2: a BPF program in place of files (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE).
#ifndef SLIPWAY_CGROUP_DEVICES_H
#define SLIPWAY_CGROUP_DEVICES_H

#include "common/error.h"
#include "resources.h"

/** Whether the rules forbid anything at all. */
bool devices_restrict(const struct cgroup_resources *resources);

/**
 * Whether a rule gives a device for reading or for writing alone. What is bound into the container opens for both, so without
 * a controller such a rule can't be kept.
 */
bool devices_divided(const struct cgroup_resources *resources);

/**
 * Puts the rules in force for the cgroup `dir`: the last that fits decides for each of read, write and mknod, what none fits is
 * denied, and the devices that every container has stay allowed (runtime-spec config-linux.md, "Default Devices"). Needs
 * CAP_BPF or root of the machine's own user namespace.
 */
int devices_control(const char *path, int dir, const struct cgroup_resources *resources, struct error *err);

#endif
