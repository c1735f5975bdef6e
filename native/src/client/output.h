// Bytes on their way to standard output or standard error, a part at a time and never waiting. Knows no frames.
#ifndef SLIPWAY_CLIENT_OUTPUT_H
#define SLIPWAY_CLIENT_OUTPUT_H

#include <stddef.h>

/** What is left to write. While `size` is not 0 the caller reads nothing more and polls `fd` for POLLOUT. */
struct output {
    int fd;
    const void *data;
    size_t size;
};

/** Writes what goes without waiting, after poll said POLLOUT. 0, or -1 with errno (EPIPE: the reader has gone). */
int output_push(struct output *output);

#endif
