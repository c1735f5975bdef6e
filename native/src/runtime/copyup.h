// A new tmpfs or an empty volume begins with what the rootfs has at that place.
#ifndef SLIPWAY_COPYUP_H
#define SLIPWAY_COPYUP_H

#include "common/error.h"

struct stat;

/**
 * Copies directories, files, links and their owners, permissions, attributes and times from the directory `from` into the empty
 * directory `to`; other kinds of files are left out. Nothing is followed: the rootfs may be hostile. `what` names the mount.
 */
int copyup(int from, int to, const char *what, struct error *err);

/**
 * The same with hard links, FIFOs and devices, and with the attributes of `from` itself; what is mounted below `from` is left out.
 * `links`: an empty directory on `to`'s file system, where it keeps a name for each file of several.
 */
int copyup_whole(int from, int to, int links, const char *what, struct error *err);

/** Gives the file `to` the extended attributes of `from`, and owner, permissions and times of `st`. Owners that are not mapped stay. */
int copyup_attributes(int from, int to, const struct stat *st, const char *what, struct error *err);

#endif
