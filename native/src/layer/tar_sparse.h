// The maps of sparse files: old GNU, GNU.sparse 0.0, 0.1 and 1.0. Knows no file system.
#ifndef SLIPWAY_LAYER_TAR_SPARSE_H
#define SLIPWAY_LAYER_TAR_SPARSE_H

#include "layer/tar_header.h"
#include "layer/tar_pax.h"

/**
 * Fills size, sparse and pieces of the present entry, reading what of the map lies in the archive. Nothing for a file that is
 * not sparse. 0, or -1 with `err`: a map whose pieces overlap, pass the end, or do not add up to the data.
 */
int tar_sparse_read(struct tar *tar, const uint8_t block[TAR_BLOCK], const struct tar_header *header, struct tar_pax *pax, struct error *err);

#endif
