// The container's log: Docker's json-file lines. A full disk loses lines, never the container.
#ifndef SLIPWAY_SHIM_LOG_H
#define SLIPWAY_SHIM_LOG_H

#include "common/error.h"

#include <stddef.h>
#include <sys/types.h>

/** Longest piece of one line in one entry; a longer line is several entries, the last of which ends with "\n". */
#define LOG_LINE_MAX (16u * 1024)

struct log_line {
    size_t used;
    char text[LOG_LINE_MAX];
};

struct log {
    int fd; // -1: no log
    const char *path;
    off_t size;                // up to here the file is whole lines
    off_t size_max;            // then a new file is begun; 0: never
    unsigned files;            // how many there may be then
    struct log_line lines[2]; // what has come of an unfinished line, per stream
};

/** Opens (appends to) `path`, which must stay; NULL: no log. For `size_max` and `files` see above. */
int log_open(struct log *log, const char *path, off_t size_max, unsigned files, struct error *err);

/** Takes output of stream 0 (stdout) or 1 (stderr); writes every line that is whole. */
void log_write(struct log *log, int stream, const char *data, size_t size);

/** Writes what is left of unfinished lines, without "\n". */
void log_finish(struct log *log);

#endif
