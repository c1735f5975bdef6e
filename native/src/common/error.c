// A failure as a value. Knows no module and no wire.
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void error_place(struct error *err, int errnum, const char *step, const char *path) {
    err->errnum = errnum;
    snprintf(err->step, sizeof err->step, "%s", step);
    snprintf(err->path, sizeof err->path, "%s", path == NULL ? "" : path);
}

#undef error_set // error.h has them as macros for the analyzer
#undef error_errno

int error_set(struct error *err, int errnum, const char *step, const char *path, const char *format, ...) {
    va_list args;
    va_start(args, format);
    error_place(err, errnum, step, path);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return -1;
}

int error_errno(struct error *err, const char *step, const char *path) {
    int saved = errno;
    const char *text = strerrordesc_np(saved);
    error_place(err, saved, step, path);
    if (text == NULL) snprintf(err->message, sizeof err->message, "errno %d", saved);
    else snprintf(err->message, sizeof err->message, "%s", text);
    errno = saved;
    return -1;
}

void error_text(const struct error *err, char *text, size_t size) {
    if (err->path[0] == '\0') snprintf(text, size, "%s: %s", err->step, err->message);
    else snprintf(text, size, "%s %s: %s", err->step, err->path, err->message);
}
