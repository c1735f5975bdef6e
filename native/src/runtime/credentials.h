// What a process is allowed: limits, keyring, user and groups, capabilities, the way into no_new_privs and seccomp.
#ifndef SLIPWAY_CREDENTIALS_H
#define SLIPWAY_CREDENTIALS_H

#include "common/error.h"
#include "notify.h"
#include "plan.h"

/** Resource limits, and an empty session keyring unless `keep_keyring`. */
int credentials_limits(const struct plan *plan, bool keep_keyring, struct error *err);

/** Bounding set, user, groups, capabilities. With `keep` (a mask) left for {@link credentials_seal}. */
int credentials_user(const struct plan_process *process, uint64_t keep, struct error *err);

/** The last step before exec: no_new_privs and the filter, whose agent is told; afterwards the capabilities are exactly the plan's. */
int credentials_seal(const struct plan *plan, uint64_t keep, const struct notify *notify, struct error *err);

/** What {@link credentials_seal} needs kept: CAP_SYS_ADMIN when a filter is loaded without no_new_privs. */
uint64_t credentials_kept(const struct plan *plan);

#endif
