// Which files were met under which name first: later names of theirs are hard links. Knows no archive.
#ifndef SLIPWAY_LAYER_LINKS_H
#define SLIPWAY_LAYER_LINKS_H

#include "layer/names.h"
#include "layer/node.h"

/** Starts as `{.files = {.max = …}, .paths = {.max = …}}`. */
struct links {
    struct names files; // device, number and birth of each: a number may be given again to another file
    struct names paths; // under which each was met first, in the same order
};

/**
 * The name under which the file was met first: `path` itself for a new one (which is remembered), and for one that has no other
 * name. NULL with errno.
 */
const char *links_first(struct links *links, const struct node *node, const char *path);

void links_free(struct links *links);

#endif
