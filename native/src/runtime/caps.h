// Capabilities: names, the bounding set, the other four sets.
#ifndef SLIPWAY_CAPS_H
#define SLIPWAY_CAPS_H

#include "common/error.h"
#include "plan.h"

/** Number of `CAP_CHOWN` …; -1 when there is no such name. */
int caps_number(const char *name);

/** Name of a number, NULL when unknown. */
const char *caps_name(int number);

/** Those of the plan that this process can't give to anybody; a new user namespace gives all. */
uint64_t caps_ungrantable(const struct plan_caps *caps);

/** Takes everything out of the bounding set (and, with it, the ambient set) that the plan does not hold. */
int caps_bound(const struct plan_caps *caps, struct error *err);

/** Sets permitted, effective and inheritable to the plan's, with `keep` (a mask) besides in permitted and effective. */
int caps_set(const struct plan_caps *caps, uint64_t keep, struct error *err);

/** Raises the plan's ambient set; after {@link caps_set}. */
int caps_raise_ambient(const struct plan_caps *caps, struct error *err);

#endif
