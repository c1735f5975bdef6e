// The files of a log that is bounded: `log`, and behind it `log.1`, `log.2`, … each older than the one before.
#ifndef SLIPWAY_SHIM_LOG_ROTATE_H
#define SLIPWAY_SHIM_LOG_ROTATE_H

/**
 * Makes `path` a new, empty file; what was it is PATH.1 now, and so on: of `files` in all the oldest goes. Returns a descriptor of
 * the new one; -1 (errno) when there can be none, and then nothing has changed.
 */
int log_rotate(const char *path, unsigned files);

#endif
