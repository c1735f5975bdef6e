// Where the run and data directories are, and whether they can be trusted. Knows no server.
#ifndef SLIPWAY_CLIENT_PATHS_H
#define SLIPWAY_CLIENT_PATHS_H

#include "common/error.h"

/** Absolute path of the run directory: $SLIPWAY_RUN; root: /run/slipway; $XDG_RUNTIME_DIR/slipway; /tmp/slipway-UID. Heap; NULL when out of memory. */
char *paths_run(void);

/** Absolute path of the data directory: $SLIPWAY_DATA; root: /var/lib/slipway; $XDG_DATA_HOME/slipway; ~/.local/share/slipway. Heap or NULL. */
char *paths_data(void);

/** The value of the user's line in /etc/passwd at `field` (0: name, 5: home). Heap; NULL when there is none. */
char *paths_passwd(unsigned uid, int field);

/** Makes the directory and every missing one above it, 0700. 0 or -1. */
int paths_make(const char *path, struct error *err);

/**
 * Opens the run directory: not a link, owned by this user, closed to everybody else. -1 with errno ENOENT and `err` unset
 * when there is none, -1 with `err` set when it must not be used.
 */
int paths_open_run(const char *path, struct error *err);

/** Opens the data directory: owned by this user, writable by nobody else. -1 with `err`. */
int paths_open_data(const char *path, struct error *err);

#endif
