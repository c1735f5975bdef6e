// Carrying out settings on a cgroup that is open. Only this folder's files use it.
#ifndef SLIPWAY_CGROUP_LIMITS_H
#define SLIPWAY_CGROUP_LIMITS_H

#include "common/error.h"
#include "place.h"
#include "resources.h"

/** The controllers that the settings can't do without. */
int limits_required(const struct cgroup_resources *resources, struct place *place, struct error *err);

/** Writes every setting. */
int limits_write(const char *path, int dir, const struct cgroup_resources *resources, struct error *err);

#endif
