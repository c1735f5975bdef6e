// Writing tar archives: ustar with pax headers (POSIX.1-2001) for what does not fit, sparse files in GNU's format 1.0.
// The same entries give the same bytes. Knows no file system.
#ifndef SLIPWAY_LAYER_TAR_WRITE_H
#define SLIPWAY_LAYER_TAR_WRITE_H

#include "layer/out.h"
#include "layer/tar.h"

/** Starts as `{.out = out}`. */
struct tar_writer {
    struct out *out;
    char *text;             // records of the pax header, or the map of a sparse file
    size_t size, room;
    uint64_t data_left;     // of the present entry
    uint64_t padding;       // behind them
};

/**
 * The header of an entry; as many bytes of data follow as {@link tar_write_left} says. Extended attributes come in the order
 * given. 0; -1 with `err`, or with code 0 when nobody takes the bytes.
 */
int tar_write_entry(struct tar_writer *writer, const struct tar_entry *entry, struct error *err);

/** Where to put the next data of the present entry: `*room` bytes at most, more than 0 while any are left. 0 or -1. */
int tar_write_room(struct tar_writer *writer, uint8_t **at, size_t *room);

/** `size` bytes were written into the room. 0; -1 when nobody takes the padding behind the last. */
int tar_write_add(struct tar_writer *writer, size_t size);

/** The present entry gets `size` zeros. 0 or -1. */
int tar_write_zeros(struct tar_writer *writer, uint64_t size);

/** The end of the archive. 0 or -1. */
int tar_write_end(struct tar_writer *writer);

void tar_write_free(struct tar_writer *writer);

#endif
