// Removing whatever has a name. Knows no module.
#ifndef SLIPWAY_REMOVE_H
#define SLIPWAY_REMOVE_H

/** Removes `name` in `parent`, a directory with everything in it; never follows a link. 0, or -1 with errno. */
int remove_any(int parent, const char *name);

#endif
