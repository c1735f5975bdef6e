// What the process writes: read when allowed, logged, sent to the clients.
#ifndef SLIPWAY_SHIM_OUTPUT_H
#define SLIPWAY_SHIM_OUTPUT_H

#include "loop.h"

#include <stdbool.h>
#include <stddef.h>

struct shim;
struct output {
    struct source source; // fd -1: at its end; first: a source is its output
    int stream;           // 0 stdout, 1 stderr
};

/** Takes over `fd` (non-blocking); nothing is read before {@link output_flow}. */
void output_open(struct output *output, int fd, int stream);

/** Reads from now on, or pauses. */
void output_flow(struct shim *shim, bool flowing);

/** Reads all that is there now, whatever the clients' buffers say, and closes: the process has ended. */
void output_drain(struct shim *shim);

#endif
