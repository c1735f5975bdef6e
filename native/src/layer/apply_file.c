// Content of regular files. Knows no other type of entry.
#include "layer/apply_file.h"

#include <errno.h>
#include <unistd.h>

/** A sparse file is larger than what is stored of it; whoever reads it all must still get to an end. */
#define SPARSE_MAX (1ull << 40)

static int write_run(struct apply *apply, int fd, const uint8_t *data, size_t size, uint64_t offset, struct error *err) {
    for (size_t done = 0; done < size;) {
        ssize_t put = pwrite(fd, data + done, size - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return layer_errno(err, "write", apply->tar.entry.name);
        done += (size_t)put;
    }
    apply->bytes += size;
    return space_took_bytes(&apply->space, size, apply->tar.entry.name, err);
}

static int write_plain(struct apply *apply, int fd, struct error *err) {
    const uint8_t *data;
    size_t size;
    uint64_t offset = 0;
    int more;
    while ((more = tar_data(&apply->tar, &data, &size, err)) > 0) {
        if (write_run(apply, fd, data, size, offset, err) < 0) return -1;
        offset += size;
    }
    return more;
}

// The pieces add up to the data: the reader has seen to that.
static int write_sparse(struct apply *apply, int fd, struct error *err) {
    const struct tar_entry *entry = &apply->tar.entry;
    const uint8_t *data;
    size_t size, piece = 0;
    uint64_t within = 0;
    int more;
    if (entry->size > SPARSE_MAX) return layer_fail(err, LAYER_TOO_LARGE, "write", entry->name, "a sparse file of %llu bytes", (unsigned long long)entry->size);
    if (ftruncate(fd, (off_t)entry->size) < 0) return layer_errno(err, "write", entry->name);
    while ((more = tar_data(&apply->tar, &data, &size, err)) > 0) {
        while (size > 0) {
            while (within == entry->pieces[piece].size) piece++, within = 0;
            uint64_t left = entry->pieces[piece].size - within;
            size_t part = left < size ? (size_t)left : size;
            if (write_run(apply, fd, data, part, entry->pieces[piece].offset + within, err) < 0) return -1;
            data += part;
            size -= part;
            within += part;
        }
    }
    return more;
}

int apply_file_data(struct apply *apply, int fd, struct error *err) {
    return apply->tar.entry.sparse ? write_sparse(apply, fd, err) : write_plain(apply, fd, err);
}
