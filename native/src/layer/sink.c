// The last thread of packing. Knows no format.
#include "layer/sink.h"

#include "common/io.h"

void *sink_run(void *data) {
    struct sink *sink = data;
    struct sha256 hash;
    const uint8_t *block;
    size_t size;
    sha256_start(&hash);
    while (sink->err.code == 0 && ring_next(sink->in, 0, &block, &size) > 0) {
        sha256_add(&hash, block, size);
        sink->size += size;
        if (io_write_full(sink->fd, block, size) < 0) layer_errno(&sink->err, "write", sink->path);
    }
    sha256_text(&hash, sink->digest);
    ring_leave(sink->in, 0, false);
    return NULL;
}
