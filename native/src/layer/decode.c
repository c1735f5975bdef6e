// The second thread: decompression from one ring into another, within limits. Knows neither source nor archive.
#include "layer/decode.h"

#include <string.h>

int decode_more(struct decode *decode) {
    int result = ring_next(decode->in, 0, &decode->data, &decode->data_size);
    if (result > 0) decode->in_size += decode->data_size;
    else decode->data_size = 0;
    return result;
}

uint8_t *decode_claim(struct decode *decode) {
    return ring_claim(decode->out);
}

int decode_publish(struct decode *decode, size_t size) {
    if (size == 0) return 0;
    decode->out_size += size;
    if (decode->out_size > decode->max_size) {
        return layer_fail(&decode->err, LAYER_TOO_LARGE, "limit", NULL, "more than %llu bytes", (unsigned long long)decode->max_size);
    }
    if (decode->out_size > DECODE_FREE && (decode->out_size - DECODE_FREE) / DECODE_RATIO > decode->in_size) {
        return layer_fail(&decode->err, LAYER_TOO_LARGE, "decompress", NULL, "%llu bytes out of %llu", (unsigned long long)decode->out_size,
                          (unsigned long long)decode->in_size);
    }
    ring_publish(decode->out, size);
    return 0;
}

static int decode_plain(struct decode *decode) {
    int more = 1;
    for (; more > 0; more = decode_more(decode)) {
        for (size_t done = 0; done < decode->data_size;) {
            size_t left = decode->data_size - done, size = left < decode->out->slot_size ? left : decode->out->slot_size;
            uint8_t *block = decode_claim(decode);
            if (block == NULL) return -1;
            memcpy(block, decode->data + done, size);
            if (decode_publish(decode, size) < 0) return -1;
            done += size;
        }
    }
    return more;
}

static bool starts(const struct decode *decode, const char *magic, size_t size) {
    return decode->data_size >= size && memcmp(decode->data, magic, size) == 0;
}

// A zstd stream may begin with a frame of somebody's own data.
static bool is_skippable(const struct decode *decode) {
    return decode->data_size >= 4 && (decode->data[0] & 0xf0) == 0x50 && memcmp(decode->data + 1, "\x2a\x4d\x18", 3) == 0;
}

// By the first bytes: a registry's media types are not always true.
static int decode_any(struct decode *decode) {
    int more = decode_more(decode);
    decode->compression = "none";
    if (more <= 0) return more;
    if (starts(decode, "\x1f\x8b", 2)) {
        decode->compression = "gzip";
        return decode_gzip(decode);
    }
    if (starts(decode, "\x28\xb5\x2f\xfd", 4) || is_skippable(decode)) {
        decode->compression = "zstd";
        return decode_zstd(decode);
    }
    if (starts(decode, "\xfd" "7zXZ", 6) || starts(decode, "BZh", 3)) {
        return layer_fail(&decode->err, LAYER_MALFORMED, "decompress", NULL, "neither gzip nor zstd nor a plain archive");
    }
    return decode_plain(decode);
}

void *decode_run(void *data) {
    struct decode *decode = data;
    int result = decode_any(decode);
    // A damaged stream: the digest of all of it tells whether it was damaged on the way.
    bool drain = decode->err.code == LAYER_MALFORMED || (decode->err.code == 0 && ring_drains(decode->out));
    ring_leave(decode->in, 0, drain);
    ring_finish(decode->out, result == 0 ? RING_WHOLE : RING_BROKEN);
    return NULL;
}
