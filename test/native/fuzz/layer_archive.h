// What the drivers for archives share: headers whose sums are right after mutation, and a stream in random pieces.
#ifndef SLIPWAY_FUZZ_LAYER_ARCHIVE_H
#define SLIPWAY_FUZZ_LAYER_ARCHIVE_H

#include "mutate.h"

#include "layer/tar.h"

static const char *const archive_words[] = {
    "../", "/", "./", "..", ".wh.", ".wh..wh..opq", "a", "a/", "a/b", "ustar", "ustar  ", "path=", "linkpath=", "size=", "mtime=-1.5", "uid=",
    "SCHILY.xattr.user.overlay.opaque=y", "SCHILY.xattr.user.x=", "GNU.sparse.map=0,1,", "GNU.sparse.realsize=", "GNU.sparse.major=1",
    "GNU.sparse.offset=", "GNU.sparse.numbytes=", "\n", "18446744073709551615", "9223372036854775807", "\x80", "\xff", "17 path=../../../x\n",
};

/** A stream over memory, given in random pieces. */
struct archive_bytes {
    struct stream stream;
    const uint8_t *data;
    size_t size;
};

static inline int archive_more(struct stream *stream) {
    struct archive_bytes *bytes = stream->source;
    if (bytes->size == 0) return 0;
    size_t piece = 1 + fuzz_random(fuzz_random(2) == 0 ? 700 : 5000);
    stream->at = bytes->data;
    stream->left = piece < bytes->size ? piece : bytes->size;
    bytes->data += stream->left;
    bytes->size -= stream->left;
    return 1;
}

/** A copy of the input in which every block that looks like a header has the right sum: otherwise nothing would get past it. */
static inline uint8_t *archive_repair(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, data, size);
    for (size_t at = 0; at + TAR_BLOCK <= size; at += TAR_BLOCK) {
        unsigned sum = 8 * ' ';
        if (memcmp(copy + at + 257, "ustar", 5) != 0 || fuzz_random(64) == 0) continue;
        for (size_t i = 0; i < TAR_BLOCK; i++) sum += i >= 148 && i < 156 ? 0 : copy[at + i];
        char text[16];
        snprintf(text, sizeof text, "%06o", sum & 0777777);
        memcpy(copy + at + 148, text, 7);
        copy[at + 155] = ' ';
    }
    return copy;
}

#endif
