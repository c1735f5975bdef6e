// Fuzzes decompression: any bytes give a whole or a broken stream, and an end. With the threads it runs in.
#include "mutate.h"

#include "layer/decode.h"

#include <pthread.h>

struct feeder {
    struct ring *ring;
    const uint8_t *data;
    size_t size;
};

static void *feed(void *data) {
    struct feeder *feeder = data;
    uint8_t *block;
    while (feeder->size > 0 && (block = ring_claim(feeder->ring)) != NULL) {
        size_t piece = 1 + feeder->size / 3;
        if (piece > feeder->ring->slot_size) piece = feeder->ring->slot_size;
        memcpy(block, feeder->data, piece);
        ring_publish(feeder->ring, piece);
        feeder->data += piece;
        feeder->size -= piece;
    }
    ring_finish(feeder->ring, RING_WHOLE);
    return NULL;
}

static void take(const uint8_t *data, size_t size) {
    struct ring in, out;
    if (ring_init(&in, 1000, 1) < 0 || ring_init(&out, 4096, 1) < 0) abort();
    struct feeder feeder = {&in, data, size};
    struct decode decode = {.in = &in, .out = &out, .max_size = 1 << 22};
    pthread_t threads[2];
    const uint8_t *block;
    size_t length;
    uint64_t total = 0;
    int more;
    pthread_create(&threads[0], NULL, feed, &feeder);
    pthread_create(&threads[1], NULL, decode_run, &decode);
    while ((more = ring_next(&out, 0, &block, &length)) > 0) {
        if (length == 0 || length > 4096) abort();
        total += length;
    }
    ring_leave(&out, 0, false);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    if ((more < 0) != (decode.err.code != 0) || (more == 0 && total != decode.out_size)) abort();
    ring_free(&in);
    ring_free(&out);
}

int main(int argc, char **argv) {
    static const char *const words[] = {"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\x50\x2a\x4d\x18", "\xff\xff\xff\xff"};
    return fuzz_run(argc, argv, words, sizeof words / sizeof *words, take);
}
