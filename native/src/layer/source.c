// The first thread: the compressed layer from a descriptor into a ring. Knows no format.
#include "layer/source.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define MAGIC_BYTES 8

// Waits until the file has grown or is whole; bytes that came while nobody waited count as one. 0, or -1 with the error set.
static int source_wait(struct source *source) {
    char rings[256];
    ssize_t got;
    do got = read(source->bell, rings, sizeof rings);
    while (got < 0 && errno == EINTR);
    if (got < 0) return layer_errno(&source->err, "read", "standard input");
    if (got == 0) source->bell = -1; // what it has now is all
    return 0;
}

// Some bytes, 0 at the end, -1 with the error set.
static ssize_t source_some(struct source *source, uint8_t *block, size_t size) {
    for (;;) {
        ssize_t got = read(source->fd, block, size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return layer_errno(&source->err, "read", "the layer");
        if (got > 0 || source->bell < 0) return got;
        if (source_wait(source) < 0) return -1;
    }
}

// As much as is there, but never fewer than the bytes that tell the format. Bytes, 0 at the end, -1 with the error set.
static ssize_t source_fill(struct source *source, uint8_t *block) {
    ssize_t filled = 0, got = 1;
    while (got > 0 && filled < MAGIC_BYTES) {
        got = source_some(source, block + filled, source->out->slot_size - (size_t)filled);
        if (got < 0) return -1;
        filled += got;
    }
    return filled;
}

static ssize_t source_read(struct source *source, uint8_t *block, struct sha256 *hash) {
    ssize_t got = source_fill(source, block);
    if (got <= 0) return got;
    source->size += (uint64_t)got;
    if (source->size > source->expected) {
        return layer_fail(&source->err, LAYER_SIZE_MISMATCH, "read", NULL, "more than the %llu bytes it should have",
                          (unsigned long long)source->expected);
    }
    sha256_add(hash, block, (size_t)got);
    return got;
}

// A block to read into: the ring's, or once nobody reads the ring any more, one that is thrown away.
static uint8_t *source_block(struct source *source, uint8_t **scratch) {
    uint8_t *block = *scratch == NULL ? ring_claim(source->out) : *scratch;
    if (block != NULL || !source->may_drain || !ring_drains(source->out)) return block;
    return *scratch = malloc(source->out->slot_size);
}

void *source_run(void *data) {
    struct source *source = data;
    struct sha256 hash;
    uint8_t *scratch = NULL, *block;
    ssize_t got = 1;
    sha256_start(&hash);
    while (got > 0 && (block = source_block(source, &scratch)) != NULL) {
        got = source_read(source, block, &hash);
        if (got > 0 && block != scratch) ring_publish(source->out, (size_t)got);
    }
    source->whole = got == 0;
    if (source->whole && source->expected != SIZE_UNKNOWN && source->size < source->expected) {
        layer_fail(&source->err, LAYER_SIZE_MISMATCH, "read", NULL, "%llu of %llu bytes", (unsigned long long)source->size,
                   (unsigned long long)source->expected);
    }
    sha256_text(&hash, source->digest);
    ring_finish(source->out, source->err.code == 0 ? RING_WHOLE : RING_BROKEN);
    free(scratch);
    return NULL;
}
