// gzip (RFC 1952): one member by ISA-L, whose header has neither name nor time.
#include "layer/encode.h"

#include "common/cleanup.h"

#include <isa-l/igzip_lib.h>

#define LEVEL 3
#define LEVEL_MEMORY ISAL_DEF_LVL3_DEFAULT

struct gzip {
    struct isal_zstream stream;
    uint8_t memory[LEVEL_MEMORY];
};

// Until the input at hand is taken, or with `end_of_stream` until all is out.
static int deflate(struct encode *encode, struct isal_zstream *stream) {
    for (;;) {
        uint8_t *at;
        size_t room;
        if (out_room(&encode->put, &at, &room) < 0) return -1;
        stream->next_out = at;
        stream->avail_out = (uint32_t)room;
        if (isal_deflate(stream) != COMP_OK) return layer_fail(&encode->err, LAYER_IO, "compress", NULL, "gzip failed");
        out_add(&encode->put, room - stream->avail_out);
        if (stream->end_of_stream != 0 ? stream->internal_state.state == ZSTATE_END : stream->avail_in == 0) return 0;
    }
}

int encode_gzip(struct encode *encode) {
    CLEAN_FREE struct gzip *gzip = malloc(sizeof *gzip);
    const uint8_t *block;
    size_t size;
    int more;
    if (gzip == NULL) return layer_errno(&encode->err, "compress", NULL);
    struct isal_zstream *stream = &gzip->stream;
    isal_deflate_init(stream);
    stream->gzip_flag = IGZIP_GZIP;
    stream->level = LEVEL;
    stream->level_buf = gzip->memory;
    stream->level_buf_size = sizeof gzip->memory;
    while ((more = ring_next(encode->in, encode->reader, &block, &size)) > 0) {
        stream->next_in = (uint8_t *)(uintptr_t)block;
        stream->avail_in = (uint32_t)size;
        if (deflate(encode, stream) < 0) return -1;
    }
    stream->end_of_stream = 1;
    return more < 0 ? -1 : deflate(encode, stream);
}
