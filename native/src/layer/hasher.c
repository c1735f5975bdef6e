// A thread that takes the digest of all that a ring carries. Knows no content.
#include "layer/hasher.h"

void *hasher_run(void *data) {
    struct hasher *hasher = data;
    struct sha256 hash;
    const uint8_t *block;
    size_t size;
    sha256_start(&hash);
    while (ring_next(hasher->in, hasher->reader, &block, &size) > 0) sha256_add(&hash, block, size);
    sha256_text(&hash, hasher->digest);
    ring_leave(hasher->in, hasher->reader, false);
    return NULL;
}
