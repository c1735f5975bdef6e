// Content of regular files, copied as cheaply as the file system can. Knows no names.
#ifndef SLIPWAY_LAYER_COPY_FILE_H
#define SLIPWAY_LAYER_COPY_FILE_H

#include <stdbool.h>
#include <stdint.h>

/** Starts as `{0}`: what the file systems turn out not to have is not tried again. */
struct copy_file {
    bool no_clone, no_range;
    char *buffer; // heap; only where it is needed
};

/** `size` bytes of `from`, holes as holes, into the empty file `to`. The bytes that were written, or -1 with errno. */
int64_t copy_file_content(struct copy_file *way, int from, int to, int64_t size);

void copy_file_free(struct copy_file *way);

#endif
