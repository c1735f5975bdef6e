// The event loop: epoll with sources. Knows nothing of what they are.
#ifndef SLIPWAY_SHIM_LOOP_H
#define SLIPWAY_SHIM_LOOP_H

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

struct source;
typedef void source_ready(struct source *source, uint32_t events, void *context);

/** A descriptor in the loop; embedded in what owns it. `fd` -1: none. */
struct source {
    int fd;
    uint32_t events; // now waited for; 0: not in the set at all (so that a hang-up can't spin)
    source_ready *ready;
};

struct loop {
    int epoll;
};

int loop_open(struct loop *loop, struct error *err);

/** Waits for `events` (EPOLLIN …) from now on; 0 takes the source out. */
void loop_watch(struct loop *loop, struct source *source, uint32_t events);

/** Takes it out and closes the descriptor. */
void loop_close(struct loop *loop, struct source *source);

/** Waits once and calls one ready source: a source may close any other, so no second event of a batch is ever stale. */
int loop_step(struct loop *loop, void *context);

#endif
