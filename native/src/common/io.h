// Whole reads and writes, whole files, atomic files. Knows no format.
#ifndef SLIPWAY_IO_H
#define SLIPWAY_IO_H

#include <stddef.h>
#include <sys/types.h>

/** Reads until `size` bytes or end of file, over EINTR. Returns the bytes read (short only at the end) or -1 with errno. */
ssize_t io_read_full(int fd, void *buffer, size_t size);

/** Writes all of `size` bytes, over EINTR. 0, or -1 with errno (some bytes may be written). For blocking descriptors. */
int io_write_full(int fd, const void *buffer, size_t size);

/** The rest of `fd` as a heap block with a zero byte behind it; more than `max` bytes is EFBIG. NULL with errno. */
char *io_read_all(int fd, size_t max, size_t *size);

/** A whole regular file relative to `dirfd` (AT_FDCWD allowed), never waiting on a FIFO; as {@link io_read_all}. */
char *io_read_file(int dirfd, const char *path, size_t max, size_t *size);

/**
 * Writes `path` (relative to `dirfd`) so that it is there whole or not at all: a temporary file beside it, fsync,
 * rename over, fsync of the directory. 0, or -1 with errno and nothing left behind.
 */
int io_write_atomic(int dirfd, const char *path, const void *data, size_t size, mode_t mode);

/**
 * The same without waiting for the disk: readers see it whole or not at all, a power cut may lose or empty it. Returns the
 * file's descriptor for {@link io_make_durable}, or -1.
 */
int io_write_replacing(int dirfd, const char *path, const void *data, size_t size, mode_t mode);

/** Waits until the file `fd` at `path` and its name are on the disk. 0 or -1 with errno. */
int io_make_durable(int fd, int dirfd, const char *path);

#endif
