// The terminal of an OCI container: given away over --console-socket, or relayed to the caller's own.
#ifndef SLIPWAY_TERMINAL_H
#define SLIPWAY_TERMINAL_H

#include "common/error.h"

#include <sys/types.h>

/** Sends the master to the socket at `path` (runc's --console-socket: one message, SCM_RIGHTS). */
int terminal_give(int master, const char *path, struct error *err);

/**
 * Stays with process `pid` until it ends: relays standard input and output to the terminal `master` (-1: none),
 * forwards signals. Returns the exit code (128 + signal), or -1 with err.
 */
int terminal_wait(pid_t pid, int pidfd, int master, struct error *err);

/** Blocks the signals that {@link terminal_wait} forwards; before the process starts, so that none is lost. */
void terminal_block_signals(void);

#endif
