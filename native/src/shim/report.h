// What the shim tells its caller: the ready line and the exit file.
#ifndef SLIPWAY_SHIM_REPORT_H
#define SLIPWAY_SHIM_REPORT_H

#include "common/error.h"

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** `{"status":"started",…}` on `fd`. */
void report_started(int fd, pid_t pid, uint64_t start_time);

/** `{"status":"error",…}` on `fd`. */
void report_error(int fd, const struct error *err);

/** Writes the exit file whole or not at all; `signal` 0: none. Its descriptor, to be made durable, or -1 with errno. */
int report_exit(const char *path, int code, int signal, const struct timespec *started, const struct timespec *finished);

#endif
