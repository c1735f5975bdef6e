// The new mount API: each function makes or changes a mount held by a descriptor, so that nothing is named twice.
#ifndef SLIPWAY_MOUNTAPI_H
#define SLIPWAY_MOUNTAPI_H

#include "common/error.h"
#include "plan.h"

#include <stdbool.h>

/** A new detached mount of a file system with its options and MOUNT_ATTR_ `attributes`; `what` names it in errors. */
int mountapi_new(const char *type, const struct plan_option *options, size_t count, uint64_t attributes,
                 const char *what, struct error *err);

/** A detached copy of what is mounted at `path` (relative to `dirfd`; "" is `dirfd` itself), with everything below if `recursive`. */
int mountapi_clone(int dirfd, const char *path, bool recursive, struct error *err);

/** Changes attributes, and propagation when not 0 (MS_PRIVATE …). */
int mountapi_set(int mount, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation, const char *what,
                 struct error *err);

/** Maps the ids of a detached mount as the user namespace at `user_namespace` does. */
int mountapi_map_ids(int mount, bool recursive, int user_namespace, const char *what, struct error *err);

/** Attaches a detached mount onto the file that `target` holds. */
int mountapi_attach(int mount, int target, const char *what, struct error *err);

#endif
