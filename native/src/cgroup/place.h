// The way from the mount down to one cgroup. Only this folder's files use it.
#ifndef SLIPWAY_CGROUP_PLACE_H
#define SLIPWAY_CGROUP_PLACE_H

#include "common/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { CGROUP_CONTROLLER = 32, CGROUP_CONTROLLERS = 16 };

/** Starts as `{.path = …}` with what is required. */
struct place {
    const char *path;
    char required[CGROUP_CONTROLLERS][CGROUP_CONTROLLER]; // controllers
    size_t required_count;
    char above[PATH_MAX];  // how far it came
    int made;              // how many at the end were made by it
    bool there;            // the last one was there already
    struct error refused;  // the first refusal of a required controller; errnum 0: none
};

/** Goes down, enabling controllers on the way; `make`: makes what is missing. Returns the last one as a directory. */
int place_descend(struct place *place, bool make, struct error *err);

/** Takes away what was made, while it is empty. */
void place_undo(const struct place *place);

#endif
