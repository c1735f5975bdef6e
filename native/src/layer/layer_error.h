// The classes of failure of this program (`code` of the answer) on top of common/error.h. Knows no format.
#ifndef SLIPWAY_LAYER_ERROR_H
#define SLIPWAY_LAYER_ERROR_H

#include "common/error.h"

enum layer_code {
    LAYER_OK,
    LAYER_SIZE_MISMATCH,
    LAYER_DIGEST_MISMATCH,
    LAYER_DIFF_ID_MISMATCH,
    LAYER_TRUNCATED,
    LAYER_MALFORMED,
    LAYER_REFUSED,
    LAYER_TOO_LARGE,
    LAYER_NEEDS_LOWER,
    LAYER_NO_SPACE,
    LAYER_IO,
    LAYER_USAGE,
};

/** Sets code, step, path (may be NULL) and a formatted reason. Returns -1. */
int layer_fail(struct error *err, enum layer_code code, const char *step, const char *path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** The same from errno: a full disk is NoSpace, a name the file system won't take is Refused, the rest Io. Returns -1. */
int layer_errno(struct error *err, const char *step, const char *path);

#ifdef __clang_analyzer__ // as in error.h
#define layer_fail(...) (layer_fail(__VA_ARGS__), -1)
#define layer_errno(...) (layer_errno(__VA_ARGS__), -1)
#endif

/** The code's name in the answer. */
const char *layer_code_name(int code);

#endif
