// Removing whatever has a name. Knows no archive.
#ifndef SLIPWAY_LAYER_REMOVE_H
#define SLIPWAY_LAYER_REMOVE_H

/** Removes `name` in `parent`, a directory with everything in it; never follows a link. 0, or -1 with errno. */
int remove_any(int parent, const char *name);

#endif
