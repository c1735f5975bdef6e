// Who a process runs as when config.json names a user instead of numbers (annotations dev.slipway.user and .groups, native/README.md).
#ifndef SLIPWAY_USER_H
#define SLIPWAY_USER_H

#include "common/error.h"
#include "plan.h"

/**
 * Looks `process->user_name` and `process->group_names` up in the /etc/passwd and /etc/group of the rootfs `root`, and sets the
 * process's user, groups and, unless its environment has one, HOME. Files that are missing are empty. -1 with err: an unknown name, an
 * id over 2^31-1, a file that is not regular or over 10 MiB (CVE-2024-9676). Without a name only HOME is looked up.
 */
int user_resolve(int root, struct plan_process *process, struct arena *arena, struct error *err);

#endif
