// Places where the engine mounts something: the empty file or directory it makes for that is no change of the container's.
// Knows no archive.
#ifndef SLIPWAY_LAYER_HIDDEN_H
#define SLIPWAY_LAYER_HIDDEN_H

#include "layer/stack.h"

struct hidden {
    size_t count;
    const char *const *names; // clean: relative, without `.`
};

/** Whether the file at `path` is one of them and empty; `inside`: what a directory has in it. 1, 0, or -1 with errno. */
int hidden_is(const struct hidden *hidden, const char *path, const struct node *node, const struct stack *inside);

#endif
