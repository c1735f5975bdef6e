// A bounded queue of blocks between one producing thread and one or two that each read all of it. Knows no content.
#ifndef SLIPWAY_LAYER_RING_H
#define SLIPWAY_LAYER_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_SLOTS 8
#define RING_READERS 2

enum ring_end { RING_OPEN, RING_WHOLE, RING_BROKEN };

struct ring {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t slot_size;
    uint8_t *memory;
    size_t sizes[RING_SLOTS];
    uint64_t written;                // blocks published
    int readers;
    uint64_t read[RING_READERS];     // blocks given back
    bool holding[RING_READERS];      // the reader is looking at block `read`
    bool left[RING_READERS];
    bool drain;                      // a reader that left wants the producer to go on all the same
    enum ring_end end;
};

/** 0, or -1 with errno. */
int ring_init(struct ring *ring, size_t slot_size, int readers);

void ring_free(struct ring *ring);

/** Producer: an empty block of `slot_size` bytes, when one is free; NULL when no reader is left. */
uint8_t *ring_claim(struct ring *ring);

/** Producer: the claimed block holds `size` bytes, more than 0. */
void ring_publish(struct ring *ring, size_t size);

/** Producer: nothing more comes; RING_BROKEN: because of an error that the producer keeps. */
void ring_finish(struct ring *ring, enum ring_end end);

/** Reader: gives the last block back and waits for the next. 1, 0 at a whole end, -1 at a broken one. */
int ring_next(struct ring *ring, int reader, const uint8_t **data, size_t *size);

/** Reader: wants no more. `drain`: whoever feeds the producer should read its source to the end. */
void ring_leave(struct ring *ring, int reader, bool drain);

/** Whether a reader that left asked for draining. */
bool ring_drains(struct ring *ring);

#endif
