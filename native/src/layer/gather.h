// Writes a tree as an archive: a layer of what some directories change, or all that a stack of directories shows. In the order of
// the names' bytes, so that the same tree gives the same bytes. Knows no compression and no digest.
#ifndef SLIPWAY_LAYER_GATHER_H
#define SLIPWAY_LAYER_GATHER_H

#include "layer/hidden.h"
#include "layer/links.h"
#include "layer/stack.h"
#include "layer/tar_write.h"

#include <stdbool.h>

/** Room for the names and the values of one file's extended attributes; the archive's header has a limit of its own. */
#define GATHER_XATTRS (1u << 20)

struct gather {
    struct stack top;         // the tree
    bool merged;              // all that lies below is part of it: whiteouts are carried out instead of written
    struct hidden hidden;
    struct tar_writer writer; // started
    struct tar_entry entry;
    char path[TAR_NAME];      // of the present file
    size_t length;
    char *xattrs;             // names and values of the present entry's
    struct tar_piece *pieces;
    struct links links;
    struct names skipped;     // afterwards: what an archive can't hold
    uint64_t entries, bytes;  // afterwards
};

/** The whole archive. 0; -1 with `err`, or with code 0 when nobody takes the bytes. */
int gather_run(struct gather *gather, struct error *err);

/** Frees what the run gathered but for the names that it skipped. */
void gather_free(struct gather *gather);

#endif
