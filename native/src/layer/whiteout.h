// Whiteouts: their names in a layer (image-spec, layer.md) and their form on disk for overlayfs with userxattr.
// Knows no archive.
#ifndef SLIPWAY_LAYER_WHITEOUT_H
#define SLIPWAY_LAYER_WHITEOUT_H

#include <stdbool.h>
#include <sys/stat.h>

#define WHITEOUT_PREFIX ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"
#define WHITEOUT_META ".wh..wh."
/** On a directory: `y` hides what lies below it, `x` says that empty files with the second attribute are whiteouts (Linux 6.7). */
#define WHITEOUT_OPAQUE_XATTR "user.overlay.opaque"
#define WHITEOUT_XATTR "user.overlay.whiteout"

/** True when the component that starts at `name` is named like a whiteout. */
bool whiteout_is(const char *name);

/** True for the character device 0:0 that overlayfs takes for a whiteout. */
bool whiteout_is_device(const struct stat *st);

/** What the open directory `fd` says of itself: `y`, `x`, or 0. */
char whiteout_mark(int fd);

/** Marks the directory `name` in `parent` as hiding what lies below it. 0, or -1 with errno. */
int whiteout_opaque(int parent, const char *name);

/** Makes the whiteout of `name` in `parent`, with nothing of that name there. 0, or -1 with errno. */
int whiteout_make(int parent, const char *name);

#endif
