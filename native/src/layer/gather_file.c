// Content of regular files that may change while they are read. Knows no other type of entry.
#include "layer/gather_file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/** Holes are looked at in steps that every file system can keep, so that a layer unpacked and packed again is the same. */
#define HOLE_STEP (64ll << 10)
/** A smaller hole costs more than it saves. */
#define HOLE_LEAST (1ll << 20)
/** More pieces than a map is worth: what follows counts as data. */
#define PIECES_MAX 16384u

// The next hole worth having at or after `from`: 1, 0 when there is none, -1 with errno.
static int next_hole(int fd, off_t from, off_t size, off_t *start, off_t *end) {
    for (off_t at = from; at < size; at = *end) {
        *start = lseek(fd, at, SEEK_HOLE);
        if (*start < 0) return errno == ENXIO ? 0 : -1; // shorter by now
        if (*start >= size) return 0;
        *end = lseek(fd, *start, SEEK_DATA);
        if (*end < 0 && errno != ENXIO) return -1;
        if (*end < 0 || *end > size) *end = size;
        off_t first = (*start + HOLE_STEP - 1) / HOLE_STEP * HOLE_STEP, last = *end == size ? size : *end / HOLE_STEP * HOLE_STEP;
        if (last - first >= HOLE_LEAST) return *start = first, *end = last, 1;
    }
    return 0;
}

static void add_piece(struct gather *gather, off_t start, off_t end) {
    gather->pieces[gather->entry.piece_count++] = (struct tar_piece){(uint64_t)start, (uint64_t)(end - start)};
}

int gather_file_holes(struct gather *gather, int fd, const struct stat *st, struct error *err) {
    off_t done = 0, start = 0, end = 0;
    int more = 0;
    if (st->st_size < HOLE_LEAST || st->st_blocks >= st->st_size / 512) return 0;
    if (gather->pieces == NULL && (gather->pieces = malloc((PIECES_MAX + 1) * sizeof *gather->pieces)) == NULL) return layer_errno(err, "read", gather->path);
    while (gather->entry.piece_count < PIECES_MAX && (more = next_hole(fd, done, st->st_size, &start, &end)) > 0) {
        if (start > done) add_piece(gather, done, start);
        done = end;
    }
    if (more < 0) return layer_errno(err, "read", gather->path);
    if (done == 0) return 0;
    // A hole at the end is told by an empty piece, as GNU tar has it.
    add_piece(gather, done, st->st_size);
    gather->entry.sparse = true;
    gather->entry.pieces = gather->pieces;
    return 0;
}

// `size` bytes of the file at `offset`, or zeros for what it no longer has.
static int put_run(struct gather *gather, int fd, uint64_t offset, uint64_t size, struct error *err) {
    for (uint64_t end = offset + size; offset < end;) {
        uint8_t *at;
        size_t room;
        if (tar_write_room(&gather->writer, &at, &room) < 0) return -1;
        ssize_t got = pread(fd, at, room < end - offset ? room : (size_t)(end - offset), (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return layer_errno(err, "read", gather->path);
        if (got == 0) return tar_write_zeros(&gather->writer, end - offset);
        if (tar_write_add(&gather->writer, (size_t)got) < 0) return -1;
        offset += (uint64_t)got;
    }
    return 0;
}

int gather_file_data(struct gather *gather, int fd, struct error *err) {
    const struct tar_entry *entry = &gather->entry;
    gather->bytes += gather->writer.data_left;
    if (!entry->sparse) return put_run(gather, fd, 0, entry->size, err);
    for (size_t i = 0; i < entry->piece_count; i++)
        if (put_run(gather, fd, entry->pieces[i].offset, entry->pieces[i].size, err) < 0) return -1;
    return 0;
}
