// Owner, mode, extended attributes and time of an entry. Knows no names of entries.
#ifndef SLIPWAY_LAYER_ATTRIBUTES_H
#define SLIPWAY_LAYER_ATTRIBUTES_H

#include "layer/layer_error.h"
#include "layer/tar.h"

#include <stdbool.h>
#include <sys/types.h>

struct attributes {
    const struct tar_entry *entry;
    uid_t user;       // this program's own ids, which a new file has by itself
    gid_t group;
    bool squash_ids;  // owner 0:0 whatever the entry says
    bool inherited;   // the file was there, or its directory gives on its group: nothing is as asked for by itself
    bool no_time;     // a directory: content is still to come
};

/** Ids are in range for this program and the kernel. 0 or -1. */
int attributes_check(const struct tar_entry *entry, bool squash_ids, struct error *err);

/** Gives an open file its attributes. 0 or -1. */
int attributes_set_file(const struct attributes *attributes, int fd, struct error *err);

/** Gives `name` in `parent` (of any type, never followed) its attributes. 0 or -1. */
int attributes_set(const struct attributes *attributes, int parent, const char *name, struct error *err);

#endif
