// The command line as a plan. Knows no layer.
#ifndef SLIPWAY_LAYER_OPTIONS_H
#define SLIPWAY_LAYER_OPTIONS_H

#include "layer/layer_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command { COMMAND_UNPACK, COMMAND_PACK, COMMAND_DIFF, COMMAND_SYNC, COMMAND_COMPARE, COMMAND_COPY };

struct options {
    enum command command;
    const char *directory;   // of sync; --dest of unpack; the first of compare; what copy reads
    const char *other;       // the second of compare; where copy writes
    bool shell;              // of copy: the directory itself, nothing that is in it
    const char *blob;
    const char *digest;
    const char *diff_id;
    uint64_t size;           // SIZE_UNKNOWN: not given
    uint64_t max_size;       // UINT64_MAX: not given
    bool squash_ids;
    size_t upper_count;
    const char **upper;      // of pack and diff; heap
    size_t lower_count;
    const char **lower;      // heap
    size_t hidden_count;
    const char **hidden;     // heap
    const char *compression; // of pack
    int answer_fd;           // of pack
    int progress_fd;         // of unpack; -1: not given
    int growing_fd;          // of unpack; -1: standard input is the layer
};

/** Parses argv. 0, or -1 with a Usage error. The lists are the caller's to free. */
int options_parse(struct options *options, int argc, char **argv, struct error *err);

#endif
