// Reading tar archives: ustar, GNU and pax (POSIX.1-2001) with long names, sparse files and extended attributes. Knows no file
// system: what a name may mean is the reader's business.
#ifndef SLIPWAY_LAYER_TAR_H
#define SLIPWAY_LAYER_TAR_H

#include "layer/layer_error.h"
#include "layer/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define TAR_BLOCK 512u
/** Longest name and link target, as the kernel's PATH_MAX with its zero byte. */
#define TAR_NAME 4096u
/** Longest pax header or GNU long name. */
#define TAR_HEADER_MAX (1u << 20)
#define TAR_XATTRS_MAX 256u
/** Pieces of one sparse file. */
#define TAR_PIECES_MAX (1u << 17)
#define TAR_ENTRIES_MAX 10000000u

enum tar_type { TAR_FILE, TAR_LINK, TAR_SYMLINK, TAR_CHARACTER, TAR_BLOCK_DEVICE, TAR_DIRECTORY, TAR_FIFO };

struct tar_xattr {
    const char *name;
    const void *value;
    size_t size;
};

/** A run of data in a sparse file. */
struct tar_piece {
    uint64_t offset;
    uint64_t size;
};

struct tar_entry {
    enum tar_type type;
    char name[TAR_NAME];
    char link[TAR_NAME];
    uint32_t mode;          // 07777
    int64_t uid, gid;
    struct timespec mtime;
    int64_t major, minor;
    uint64_t size;          // of the file, holes included
    bool sparse;
    size_t piece_count;     // of a sparse file; the archived data are these one after the other
    struct tar_piece *pieces;
    size_t xattr_count;
    struct tar_xattr xattrs[TAR_XATTRS_MAX];
};

/** Starts as `{.in = stream}`. */
struct tar {
    struct stream *in;
    uint64_t data_left;     // archived data of the present entry
    uint64_t padding;       // behind them
    uint64_t entries;
    bool ended;
    char *pax;              // pax header of the present entry; its attributes point into it
    struct tar_piece *pieces;
    struct tar_entry entry;
};

/** The next entry into `tar->entry`. 1, 0 at the end of the archive, -1 with `err` (or code 0 when the stream broke off). */
int tar_next(struct tar *tar, struct error *err);

/** The next run of the present entry's archived data; good until the next call. 1, 0 after the last, -1 as above. */
int tar_data(struct tar *tar, const uint8_t **data, size_t *size, struct error *err);

/** Frees what belongs to the entry. */
void tar_free(struct tar *tar);

#endif
