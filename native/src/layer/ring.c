// A bounded queue of blocks between one producing thread and its readers. Knows no content.
#include "layer/ring.h"

#include <stdlib.h>

int ring_init(struct ring *ring, size_t slot_size, int readers) {
    *ring = (struct ring){.slot_size = slot_size, .readers = readers};
    ring->memory = malloc(slot_size * RING_SLOTS);
    if (ring->memory == NULL) return -1;
    pthread_mutex_init(&ring->mutex, NULL);
    pthread_cond_init(&ring->changed, NULL);
    return 0;
}

void ring_free(struct ring *ring) {
    free(ring->memory);
    ring->memory = NULL;
}

// Blocks that the slowest reader has not given back; readers that left do not count. -1 when all left.
static int64_t ring_used(const struct ring *ring) {
    int64_t used = -1;
    for (int i = 0; i < ring->readers; i++) {
        int64_t behind = (int64_t)(ring->written - ring->read[i]);
        if (!ring->left[i] && behind > used) used = behind;
    }
    return used;
}

uint8_t *ring_claim(struct ring *ring) {
    int64_t used;
    pthread_mutex_lock(&ring->mutex);
    while ((used = ring_used(ring)) >= RING_SLOTS) pthread_cond_wait(&ring->changed, &ring->mutex);
    uint8_t *slot = used < 0 ? NULL : ring->memory + ring->written % RING_SLOTS * ring->slot_size;
    pthread_mutex_unlock(&ring->mutex);
    return slot;
}

void ring_publish(struct ring *ring, size_t size) {
    pthread_mutex_lock(&ring->mutex);
    ring->sizes[ring->written % RING_SLOTS] = size;
    ring->written++;
    pthread_cond_broadcast(&ring->changed);
    pthread_mutex_unlock(&ring->mutex);
}

void ring_finish(struct ring *ring, enum ring_end end) {
    pthread_mutex_lock(&ring->mutex);
    ring->end = end;
    pthread_cond_broadcast(&ring->changed);
    pthread_mutex_unlock(&ring->mutex);
}

// Call with the mutex held.
static void ring_give_back(struct ring *ring, int reader) {
    if (!ring->holding[reader]) return;
    ring->holding[reader] = false;
    ring->read[reader]++;
    pthread_cond_broadcast(&ring->changed);
}

int ring_next(struct ring *ring, int reader, const uint8_t **data, size_t *size) {
    pthread_mutex_lock(&ring->mutex);
    ring_give_back(ring, reader);
    while (ring->written == ring->read[reader] && ring->end == RING_OPEN) pthread_cond_wait(&ring->changed, &ring->mutex);
    int result = ring->end == RING_BROKEN ? -1 : 0;
    if (ring->written > ring->read[reader]) {
        size_t slot = ring->read[reader] % RING_SLOTS;
        ring->holding[reader] = true;
        *data = ring->memory + slot * ring->slot_size;
        *size = ring->sizes[slot];
        result = 1;
    }
    pthread_mutex_unlock(&ring->mutex);
    return result;
}

void ring_leave(struct ring *ring, int reader, bool drain) {
    pthread_mutex_lock(&ring->mutex);
    ring->left[reader] = true;
    ring->holding[reader] = false;
    ring->drain = ring->drain || drain;
    pthread_cond_broadcast(&ring->changed);
    pthread_mutex_unlock(&ring->mutex);
}

bool ring_drains(struct ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    bool drain = ring->drain;
    pthread_mutex_unlock(&ring->mutex);
    return drain;
}
