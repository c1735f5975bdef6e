// The directory a layer is unpacked into, and finding one's way in it without ever leaving it. Knows no archive.
#ifndef SLIPWAY_LAYER_ROOT_H
#define SLIPWAY_LAYER_ROOT_H

#include "layer/layer_error.h"
#include "layer/names.h"
#include "layer/tar.h"

#include <stdbool.h>
#include <stdint.h>

struct root {
    int fd;
    // The directory of the last entry, kept open: archives come directory by directory.
    int parent;
    bool parent_open;
    bool setgid;           // new files inherit its group, new directories the bit too
    char parent_name[TAR_NAME];
    struct names implied;  // directories that had to be made and that no entry was about
};

/** Opens DIR. 0 or -1. */
int root_open(struct root *root, const char *directory, struct error *err);

void root_close(struct root *root);

/** openat2 below the root: links are followed, but an absolute one or `..` at the top stays inside; no magic links, no other file system. */
int root_openat(int fd, const char *name, uint64_t flags);

/**
 * Opens the directory that `name` lies in (a clean relative name), making missing ones, and points `*leaf` to the last component.
 * The descriptor stays the root's: good until the next call. -1 with `err`.
 */
int root_parent(struct root *root, const char *name, const char **leaf, struct error *err);

/** After anything but a new name appeared in the tree: the directory kept open may not be where its name leads any more, or have
 * another mode. The descriptor last given out stays open until the next one is asked for. */
void root_forget(struct root *root);

/**
 * A name from an archive as the root wants it: relative, no `.`, no empty component; "." for the root itself. -1 with
 * `err` for `..`, for the empty name, and for a whiteout anywhere but at the end.
 */
int root_clean(const char *archived, char clean[TAR_NAME], struct error *err);

#endif
