// Fuzzes packing: whatever an archive makes of a directory, its own archive makes the same of another, byte for byte.
#include "layer_archive.h"
#include "layer_place.h"

#include "layer/apply.h"
#include "layer/gather.h"
#include "common/remove.h"

#define ARCHIVE_MAX (16u << 20)

static uint8_t *packed[2];

// All of it into one block of memory; a file of many holes may be too large for that.
static int no_more(struct out *out) {
    (void)out;
    return -1;
}

static bool unpack(const char *directory, const uint8_t *data, size_t size) {
    struct archive_bytes bytes = {.stream = {.more = archive_more}, .data = data, .size = size};
    struct apply *apply = calloc(1, sizeof *apply);
    struct error err = {0};
    bytes.stream.source = &bytes;
    if (mkdir(directory, 0755) < 0 || root_open(&apply->root, directory, &err) < 0) abort();
    apply->tar.in = &bytes.stream;
    bool whole = apply_run(apply, &err) == 0;
    apply_free(apply);
    root_close(&apply->root);
    free(apply);
    return whole;
}

static bool pack(const char *directory, int which, size_t *size) {
    struct out out = {.next = no_more, .block = packed[which], .size = ARCHIVE_MAX};
    struct gather *gather = calloc(1, sizeof *gather);
    struct error err = {0};
    if (stack_add(&gather->top, directory, &err) < 0) abort();
    gather->writer.out = &out;
    gather->skipped.max = 4096;
    gather->links = (struct links){.files = {.max = 1 << 20}, .paths = {.max = 1 << 20}};
    int result = gather_run(gather, &err);
    if (result < 0 && err.code == 0 && out.used < out.size && out.size - out.used > 1 << 20) abort(); // no reason, and room left
    if (gather->skipped.count > 0) abort(); // an archive holds neither sockets nor whiteouts that stay files
    gather_free(gather);
    names_free(&gather->skipped);
    free(gather);
    *size = out.used;
    return result == 0;
}

static void take(const uint8_t *data, size_t size) {
    size_t sizes[2];
    uint8_t *copy = archive_repair(data, size);
    // What an archive that breaks off has left behind is a tree like any other.
    (void)unpack("/root", copy, size);
    if (pack("/root", 0, &sizes[0])) {
        if (!unpack("/again", packed[0], sizes[0]) || !pack("/again", 1, &sizes[1])) abort();
        if (sizes[0] != sizes[1] || memcmp(packed[0], packed[1], sizes[0]) != 0) abort();
        if (remove_any(AT_FDCWD, "/again") < 0) abort();
    }
    if (remove_any(AT_FDCWD, "/root") < 0) abort();
    free(copy);
}

int main(int argc, char **argv) {
    for (int i = 0; i < 2; i++) packed[i] = malloc(ARCHIVE_MAX);
    return place_run(argc, argv, archive_words, sizeof archive_words / sizeof *archive_words, take);
}
