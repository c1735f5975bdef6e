// One 512-byte tar header block. Knows no stream.
#ifndef SLIPWAY_LAYER_TAR_HEADER_H
#define SLIPWAY_LAYER_TAR_HEADER_H

#include "layer/tar.h"

#define TAR_SPARSE_IN_HEADER 4
#define TAR_SPARSE_IN_BLOCK 21

/** What a header says by itself. */
struct tar_header {
    char type;               // type flag as it is
    char name[TAR_BLOCK];    // prefix and name joined
    char link[104];
    int64_t mode, uid, gid, size, mtime, major, minor;
    int64_t real_size;       // GNU sparse
    bool extended;           // GNU sparse: more pieces follow
};

/** True for 512 zero bytes. */
bool tar_is_zero(const uint8_t block[TAR_BLOCK]);

/** 0; -1 when the checksum or a number is wrong: `*reason` says which. */
int tar_header_parse(const uint8_t block[TAR_BLOCK], struct tar_header *header, const char **reason);

/** A number field: octal, or base 256 with the highest bit set. False when it is neither or does not fit. */
bool tar_number(const uint8_t *field, size_t size, int64_t *value);

/** One of the GNU sparse pieces of a header (`at` = 386) or of an extension block (`at` = 0). 1; 0 when it is empty; -1 malformed. */
int tar_sparse_piece(const uint8_t block[TAR_BLOCK], size_t at, size_t index, struct tar_piece *piece);

#endif
