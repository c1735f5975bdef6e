// How far unpacking is, for whoever wants to know. Knows no layer.
#ifndef SLIPWAY_LAYER_PROGRESS_H
#define SLIPWAY_LAYER_PROGRESS_H

#include <stdint.h>

struct progress {
    int fd;           // -1: nobody wants to know
    uint64_t told_at; // milliseconds of the monotonic clock; 0: not yet
};

/** Begins to tell `fd`, without ever waiting for it. */
void progress_start(struct progress *progress, int fd);

/** Says that `done` bytes of what came in are unpacked; not more often than anybody can read, the first at once. */
void progress_tell(struct progress *progress, uint64_t done);

#endif
