// A control group (cgroups(7), kernel Documentation/admin-guide/cgroup-v2.rst): finding, making, joining and removing it.
// Paths are those below the mount of cgroup v2 and begin with a slash.
#ifndef SLIPWAY_CGROUP_H
#define SLIPWAY_CGROUP_H

#include "common/error.h"
#include "resources.h"

#include <stdbool.h>
#include <sys/types.h>

/** Where cgroup v2 is mounted. */
#define CGROUP_MOUNT "/sys/fs/cgroup"

/** Opens the mount; an error says why there is none (cgroup v1, hybrid). */
int cgroup_mount(struct error *err);

/** Opens an existing cgroup as a directory, never outside of the mount. */
int cgroup_open(const char *path, struct error *err);

/**
 * Makes the cgroup and its parents and sets the limits. One that is there already must be empty. Returns it as a
 * directory; after an error nothing of what was made is left. err->errnum says why (EACCES, EROFS: not for this user).
 */
int cgroup_make(const char *path, const struct cgroup_resources *resources, struct error *err);

/** The same for one that somebody else made for this container: it is there, and only limits are set. */
int cgroup_adopt(const char *path, const struct cgroup_resources *resources, struct error *err);

/** Whether a cgroup with these limits can be made at `path`: finds its controllers and leaves nothing that was not there. */
int cgroup_check(const char *path, const struct cgroup_resources *resources, struct error *err);

/** Sets limits on an existing cgroup, controllers enabled above it where needed. */
int cgroup_apply(const char *path, int dir, const struct cgroup_resources *resources, struct error *err);

/** The cgroup for one more process of a container: this one, or the one of its process `pid` when it has divided itself. */
int cgroup_join(const char *path, pid_t pid, struct error *err);

/** Kills everything in it, waits until it is empty and removes it with what the container made below. Absent: nothing to do. */
int cgroup_remove(const char *path, struct error *err);

/** SIGKILL to everything in it and below. */
int cgroup_kill(const char *path, int dir, struct error *err);

/** Stops or resumes everything in it and below; returns when the kernel says that it has. ESRCH when it empties meanwhile. */
int cgroup_freeze(const char *path, int dir, bool frozen, struct error *err);

/** Whether it was stopped by {@link cgroup_freeze}. */
bool cgroup_is_frozen(const char *path);

/** Waits until no process is left in it and below. 0, or -1 with errno. */
int cgroup_wait_empty(int dir);

/** How many processes in it and below the kernel's OOM killer has killed; 0 also without the memory controller. */
uint64_t cgroup_oom_kills(const char *path);

/** `step: path/file: reason` of errno, with the whole path of the file. Returns -1. */
int cgroup_failed(struct error *err, const char *path, const char *file);

#endif
