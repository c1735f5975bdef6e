// Paths of the container, resolved so that nothing in the image can lead out of it: openat2 with RESOLVE_IN_ROOT and
// RESOLVE_NO_MAGICLINKS, everything made through descriptors of parents.
#ifndef SLIPWAY_INROOT_H
#define SLIPWAY_INROOT_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** openat2 of `path` (a leading slash is the root) below `root`, with more RESOLVE_ flags. A descriptor or -1 with errno. */
int inroot_open(int root, const char *path, uint64_t flags, uint64_t resolve);

/** The directory `path`, made with its parents (0755) when missing. An O_PATH descriptor or -1 with err. */
int inroot_directory(int root, const char *path, bool refuse_links, struct error *err);

/** The file `path` to mount on: anything but a directory, else an empty file made there with its parents. O_PATH. */
int inroot_file(int root, const char *path, struct error *err);

/** The directory that `path`'s last component is in, made when missing; `*name` points to that component. O_PATH. */
int inroot_parent(int root, const char *path, const char **name, struct error *err);

#endif
