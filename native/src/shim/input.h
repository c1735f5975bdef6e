// The process's standard input: a pipe or the terminal, with one chunk of what it has not taken yet.
#ifndef SLIPWAY_SHIM_INPUT_H
#define SLIPWAY_SHIM_INPUT_H

#include "loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most that is read from a client at once, and so the most that can be pending. */
#define INPUT_CHUNK (32u * 1024)

struct shim;
struct input {
    struct source source; // fd -1: none, or closed; first: a source is its input
    bool keep_open;       // a terminal: the end of a client's input is not its end
    bool ending;          // close when nothing is pending
    uint8_t *pending;
    size_t start, used;
};

/** Takes over `fd` (non-blocking). */
void input_open(struct input *input, int fd, bool terminal);

/** At most INPUT_CHUNK bytes, after which {@link input_is_full} may be true: then no more until it is not. */
void input_write(struct shim *shim, const uint8_t *data, size_t size);

/** No more will come: closes a pipe. */
void input_end(struct shim *shim);

bool input_is_full(const struct input *input);

void input_close(struct shim *shim);

#endif
