// What the shim tells its caller: the ready line and the exit file.
#ifndef SLIPWAY_SHIM_REPORT_H
#define SLIPWAY_SHIM_REPORT_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** `{"status":"started",…}` on `fd`. */
void report_started(int fd, pid_t pid, uint64_t start_time);

/** `{"status":"error",…}` on `fd`. */
void report_error(int fd, const struct error *err);

/** What is known of the end. */
struct report_end {
    int code, signal; // signal 0: none
    bool oom_killed;
    struct timespec started, finished;
};

/** Writes the exit file whole or not at all. Its descriptor, to be made durable, or -1 with errno. */
int report_exit(const char *path, const struct report_end *end);

#endif
