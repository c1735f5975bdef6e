// Compression from one ring into another. Knows neither archive nor file.
#include "layer/encode.h"

#include "layer/ring_out.h"

#include <string.h>

struct format {
    const char *name;
    int (*run)(struct encode *encode);
};

static int encode_none(struct encode *encode) {
    const uint8_t *block;
    size_t size;
    int more;
    while ((more = ring_next(encode->in, encode->reader, &block, &size)) > 0)
        if (out_put(&encode->put, block, size) < 0) return -1;
    return more;
}

static const struct format formats[] = {{"gzip", encode_gzip}, {"zstd", encode_zstd}, {"none", encode_none}};

static const struct format *find(const char *name) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0) return &formats[i];
    return NULL;
}

bool encode_is_known(const char *compression) {
    return find(compression) != NULL;
}

void *encode_run(void *data) {
    struct encode *encode = data;
    encode->put = ring_out(encode->out);
    const struct format *format = find(encode->compression);
    int result = format == NULL ? -1 : format->run(encode);
    ring_out_finish(&encode->put, result == 0 ? RING_WHOLE : RING_BROKEN);
    // The other reader would keep the producer going for nothing.
    for (int i = 0; result < 0 && i < encode->in->readers; i++) ring_leave(encode->in, i, false);
    return NULL;
}
