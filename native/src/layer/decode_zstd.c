// zstd (RFC 8878) with any number of frames. The window is bounded: a frame can ask for 2 GiB of memory.
#include "layer/decode.h"

#include <zstd.h>

#define WINDOW_LOG_MAX 27 // 128 MiB, what the zstd program takes without being asked

static void free_stream(ZSTD_DCtx **stream) {
    ZSTD_freeDCtx(*stream);
}

static int zstd_failed(struct decode *decode, size_t result) {
    return layer_fail(&decode->err, LAYER_MALFORMED, "decompress", NULL, "not a valid zstd stream: %s", ZSTD_getErrorName(result));
}

int decode_zstd(struct decode *decode) {
    __attribute__((cleanup(free_stream))) ZSTD_DCtx *stream = ZSTD_createDCtx();
    if (stream == NULL) return layer_errno(&decode->err, "decompress", NULL);
    ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    ZSTD_inBuffer in = {decode->data, decode->data_size, 0};
    size_t hint = 1;
    bool full = false; // the last block was filled to the brim: there may be output without input
    for (;;) {
        if (in.pos == in.size && !full) {
            int more = decode_more(decode);
            if (more < 0) return -1;
            if (more == 0) break;
            in = (ZSTD_inBuffer){decode->data, decode->data_size, 0};
        }
        uint8_t *block = decode_claim(decode);
        if (block == NULL) return -1;
        ZSTD_outBuffer out = {block, decode->out->slot_size, 0};
        hint = ZSTD_decompressStream(stream, &out, &in);
        if (ZSTD_isError(hint)) return zstd_failed(decode, hint);
        full = hint != 0 && out.pos == out.size;
        if (decode_publish(decode, out.pos) < 0) return -1;
    }
    if (hint != 0) return layer_fail(&decode->err, LAYER_TRUNCATED, "decompress", NULL, "the zstd stream ends in the middle");
    return 0;
}
