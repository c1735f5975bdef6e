// Bytes pushed block by block. Knows no format.
#include "layer/out.h"

#include <string.h>

int out_room(struct out *out, uint8_t **at, size_t *room) {
    if (out->used == out->size && out->next(out) < 0) return -1;
    *at = out->block + out->used;
    *room = out->size - out->used;
    return 0;
}

void out_add(struct out *out, size_t size) {
    out->used += size;
    out->total += size;
}

int out_put(struct out *out, const void *data, size_t size) {
    for (size_t done = 0; done < size;) {
        uint8_t *at;
        size_t room;
        if (out_room(out, &at, &room) < 0) return -1;
        size_t part = size - done < room ? size - done : room;
        memcpy(at, (const uint8_t *)data + done, part);
        out_add(out, part);
        done += part;
    }
    return 0;
}

int out_zeros(struct out *out, uint64_t size) {
    while (size > 0) {
        uint8_t *at;
        size_t room;
        if (out_room(out, &at, &room) < 0) return -1;
        size_t part = size < room ? (size_t)size : room;
        memset(at, 0, part);
        out_add(out, part);
        size -= part;
    }
    return 0;
}
