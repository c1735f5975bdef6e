// pax extended headers: `LENGTH KEY=VALUE\n` records. Knows no stream.
#ifndef SLIPWAY_LAYER_TAR_PAX_H
#define SLIPWAY_LAYER_TAR_PAX_H

#include "layer/tar.h"

/** What a header says; a NULL string or a false flag: nothing. Strings point into the parsed text. */
struct tar_pax {
    const char *path, *link;
    bool has_size, has_uid, has_gid, has_mtime;
    uint64_t size;
    int64_t uid, gid;
    struct timespec mtime;
    // GNU sparse formats 0.0, 0.1 and 1.0
    bool sparse;
    int sparse_major, sparse_minor;
    const char *sparse_name;
    bool has_real_size;
    uint64_t real_size;
    const char *sparse_map;   // 0.1
    struct tar_piece *pieces; // 0.0; heap, the caller's to free
    size_t piece_count;
    size_t xattr_count;
    struct tar_xattr xattrs[TAR_XATTRS_MAX];
};

/** Parses `size` bytes with a zero byte behind them, changing them. 0; -1 with `*reason`. */
int tar_pax_parse(char *text, size_t size, struct tar_pax *pax, const char **reason);

/** A decimal number up to any of `ends` (the zero byte counts), which is passed over. False when there is none or it does not fit. */
bool tar_decimal(const char **at, const char *ends, uint64_t *value);

#endif
