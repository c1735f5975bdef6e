// zstd (RFC 8878): one frame with a checksum.
#include "layer/encode.h"

#include <zstd.h>

#define LEVEL 3

static void free_stream(ZSTD_CCtx **stream) {
    ZSTD_freeCCtx(*stream);
}

// Until the input at hand is taken, or with ZSTD_e_end until all is out.
static int compress(struct encode *encode, ZSTD_CCtx *stream, ZSTD_inBuffer *in, ZSTD_EndDirective how) {
    for (;;) {
        uint8_t *at;
        size_t room;
        if (out_room(&encode->put, &at, &room) < 0) return -1;
        ZSTD_outBuffer out = {at, room, 0};
        size_t left = ZSTD_compressStream2(stream, &out, in, how);
        if (ZSTD_isError(left)) return layer_fail(&encode->err, LAYER_IO, "compress", NULL, "zstd failed: %s", ZSTD_getErrorName(left));
        out_add(&encode->put, out.pos);
        if (how == ZSTD_e_end ? left == 0 : in->pos == in->size) return 0;
    }
}

int encode_zstd(struct encode *encode) {
    __attribute__((cleanup(free_stream))) ZSTD_CCtx *stream = ZSTD_createCCtx();
    const uint8_t *block;
    size_t size;
    int more;
    if (stream == NULL) return layer_errno(&encode->err, "compress", NULL);
    ZSTD_CCtx_setParameter(stream, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(stream, ZSTD_c_checksumFlag, 1);
    while ((more = ring_next(encode->in, encode->reader, &block, &size)) > 0) {
        ZSTD_inBuffer in = {block, size, 0};
        if (compress(encode, stream, &in, ZSTD_e_continue) < 0) return -1;
    }
    ZSTD_inBuffer nothing = {NULL, 0, 0};
    return more < 0 ? -1 : compress(encode, stream, &nothing, ZSTD_e_end);
}
