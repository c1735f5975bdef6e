// The shim's command line as data.
#ifndef SLIPWAY_SHIM_OPTIONS_H
#define SLIPWAY_SHIM_OPTIONS_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Most files of a log; `MAX_FILES` of log-config.ts is the same. */
#define LOG_FILES_MAX 100

struct shim_options {
    const char *bundle, *socket, *exit_file; // required
    const char *log;                         // NULL: no log
    off_t log_size;                          // 0: it grows without end
    unsigned log_files;
    const char *process_file;                // NULL: the container itself, else an exec
    const char *seccomp_cache;               // NULL: compile each time
    bool open_stdin, hold;
    pid_t target;
    uint64_t target_start;
};

/** Reads the arguments after `shim`; native/README.md lists them. */
int shim_options_parse(int argc, char **argv, struct shim_options *out, struct error *err);

#endif
