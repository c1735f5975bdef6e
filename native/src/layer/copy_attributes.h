// Owner, mode, extended attributes and times, from one file to its copy. Knows no tree.
#ifndef SLIPWAY_LAYER_COPY_ATTRIBUTES_H
#define SLIPWAY_LAYER_COPY_ATTRIBUTES_H

#include "layer/node.h"

/** Gives `name` in `parent` (never followed) what `node` has, overlay's own attributes too, labels of the machine's policy not. 0, or -1 with errno. */
int copy_attributes(const struct node *node, int parent, const char *name);

#endif
