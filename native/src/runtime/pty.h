// Pseudo-terminals of a container's own devpts.
#ifndef SLIPWAY_PTY_H
#define SLIPWAY_PTY_H

#include "common/error.h"

/** Opens a pair in the devpts mounted at /dev/pts below `root`: returns the master, `*slave` its other end. */
int pty_open(int root, int *slave, struct error *err);

/** Sets the size; 0 0 leaves it. */
void pty_resize(int master, unsigned short rows, unsigned short columns);

/** The other end of `master`, without any path. -1 with errno. */
int pty_peer(int master);

#endif
