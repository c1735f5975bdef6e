// Limits from a command line of `update`.
#ifndef SLIPWAY_OCI_RESOURCES_H
#define SLIPWAY_OCI_RESOURCES_H

#include "arena.h"
#include "cgroup/resources.h"
#include "common/error.h"

/** Options and then one container id, which is returned; NULL with err. What is read lives in `arena`. */
const char *oci_resources_parse(int argc, char **argv, struct arena *arena, struct cgroup_resources *out, struct error *err);

#endif
