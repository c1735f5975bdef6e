// Standard input as the server asks for it: some bytes, or one line that a person types. Knows no frames.
#ifndef SLIPWAY_CLIENT_INPUT_H
#define SLIPWAY_CLIENT_INPUT_H

#include "client/signals.h"
#include "common/frame.h"

#include <stdbool.h>
#include <stddef.h>

/** What is asked for. */
struct question {
    bool line;
    bool secret;
    char prompt[512];
};

/** Starts as INPUT_START. While something is wanted the caller polls `fd` for POLLIN, and while it is hidden `signals.fd` too. */
struct input {
    int fd;       // -1: nothing is wanted
    bool line;
    bool person;  // `fd` is a terminal: one read is one line
    bool opened;  // `fd` is ours to close
    struct signals signals;  // its descriptor is -1 unless typing is hidden
    size_t size;
    uint8_t buffer[INPUT_MAX];
};

#define INPUT_START {.fd = -1, .signals.fd = -1}

static inline bool input_wanted(const struct input *input) {
    return input->fd >= 0;
}

static inline bool input_hidden(const struct input *input) {
    return input->signals.fd >= 0;
}

/** Writes the prompt, hides what is typed if it is secret, and wants input from now on. */
void input_ask(struct input *input, const struct question *question);

/**
 * Reads once without waiting, after poll. True when the answer is whole, in `buffer` (`size` 0: end of input), and nothing is wanted any
 * more. Ends the program when standard input can't be read: half of it must not pass for all of it.
 */
bool input_take(struct input *input);

/** While typing is hidden: a signal that ends or stops this program gives the terminal back first. */
void input_signals(struct input *input);

/** Wants nothing more and gives the terminal back. */
void input_end(struct input *input);

#endif
