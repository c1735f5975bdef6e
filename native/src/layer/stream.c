// Bytes pulled block by block. Knows no format.
#include "layer/stream.h"

#include <string.h>

int stream_peek(struct stream *stream) {
    while (stream->left == 0) {
        int more = stream->more(stream);
        if (more <= 0) return more;
    }
    return 1;
}

static void stream_advance(struct stream *stream, size_t size) {
    stream->at += size;
    stream->left -= size;
}

int64_t stream_read(struct stream *stream, void *buffer, size_t size) {
    size_t done = 0;
    while (done < size) {
        int more = stream_peek(stream);
        if (more < 0) return -1;
        if (more == 0) break;
        size_t part = size - done < stream->left ? size - done : stream->left;
        memcpy((uint8_t *)buffer + done, stream->at, part);
        stream_advance(stream, part);
        done += part;
    }
    return (int64_t)done;
}

int64_t stream_skip(struct stream *stream, uint64_t size) {
    uint64_t done = 0;
    while (done < size) {
        int more = stream_peek(stream);
        if (more < 0) return -1;
        if (more == 0) break;
        size_t part = size - done < stream->left ? (size_t)(size - done) : stream->left;
        stream_advance(stream, part);
        done += part;
    }
    return (int64_t)done;
}
