// The classes of failure of this program. Knows no format.
#include "layer/layer_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#undef layer_fail // as in error.c
#undef layer_errno

int layer_fail(struct error *err, enum layer_code code, const char *step, const char *path, const char *format, ...) {
    char reason[sizeof err->message];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    error_set(err, 0, step, path, "%s", reason);
    err->code = (int)code;
    return -1;
}

static enum layer_code code_of(int errnum) {
    switch (errnum) {
    case ENOSPC:
    case EDQUOT: return LAYER_NO_SPACE;
    case ENAMETOOLONG:
    case ELOOP:
    case ENOTDIR:
    case EXDEV:
    case EILSEQ: return LAYER_REFUSED;
    case EFBIG: return LAYER_TOO_LARGE;
    default: return LAYER_IO;
    }
}

int layer_errno(struct error *err, const char *step, const char *path) {
    int errnum = errno;
    error_errno(err, step, path);
    err->code = (int)code_of(errnum);
    return -1;
}

const char *layer_code_name(int code) {
    static const char *const names[] = {
        [LAYER_OK] = "Io",
        [LAYER_SIZE_MISMATCH] = "SizeMismatch",
        [LAYER_DIGEST_MISMATCH] = "DigestMismatch",
        [LAYER_DIFF_ID_MISMATCH] = "DiffIdMismatch",
        [LAYER_TRUNCATED] = "Truncated",
        [LAYER_MALFORMED] = "Malformed",
        [LAYER_REFUSED] = "Refused",
        [LAYER_TOO_LARGE] = "TooLarge",
        [LAYER_NEEDS_LOWER] = "NeedsLower",
        [LAYER_NO_SPACE] = "NoSpace",
        [LAYER_IO] = "Io",
        [LAYER_USAGE] = "Usage",
    };
    return code < 0 || code > LAYER_USAGE ? "Io" : names[code];
}
