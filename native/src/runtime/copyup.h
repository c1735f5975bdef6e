// `tmpcopyup`: a new tmpfs begins with what the rootfs has at that place.
#ifndef SLIPWAY_COPYUP_H
#define SLIPWAY_COPYUP_H

#include "common/error.h"

/**
 * Copies directories, files, links and their owners, permissions and times from the directory `from` into the empty directory
 * `to`; other kinds of files are left out. Nothing is followed: the rootfs may be hostile. `what` names the mount.
 */
int copyup(int from, int to, const char *what, struct error *err);

#endif
