// Applies an archive to a directory: one entry after the other, nothing outside of it. Knows no compression and no digest.
#ifndef SLIPWAY_LAYER_APPLY_H
#define SLIPWAY_LAYER_APPLY_H

#include "layer/lower.h"
#include "layer/root.h"
#include "layer/space.h"
#include "layer/tar.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct apply {
    struct root root;         // open
    struct tar tar;           // started
    bool squash_ids;
    uid_t user;               // this program's own
    gid_t group;
    struct lower lower;
    bool hide_all;            // an opaque whiteout at the root was seen
    struct names directories; // whose times are set at the end
    struct timespec *times;   // of each
    size_t times_room;
    struct space space;
    uint64_t entries;         // afterwards
    uint64_t bytes;           // afterwards: of file content
};

/** Everything up to the end of the archive. 0; -1 with `err` (or code 0 when the stream broke off). */
int apply_run(struct apply *apply, struct error *err);

/** Frees what the run gathered; the root stays open. */
void apply_free(struct apply *apply);

#endif
