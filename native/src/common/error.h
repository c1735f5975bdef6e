// A failure as a value: where (step, path), why (errno, message). Knows no module and no wire.
#ifndef SLIPWAY_ERROR_H
#define SLIPWAY_ERROR_H

#include <stddef.h>

/** Plain data of fixed size, so that a child can write it to a pipe as it is. Filled by the `error_…` functions only. */
struct error {
    int code;          // the program's own class of failure (exit code, enum); 0 when nothing set it
    int errnum;        // errno, 0 when no system call failed
    char step[32];     // "mount", "exec", "config" …
    char path[512];    // the object, "" when there is none; cut when longer
    char message[256]; // the reason alone, no step, no path, no full stop
};

/** Sets step, path (may be NULL) and a formatted reason; `errnum` 0 means no system call is to blame. Returns -1. */
int error_set(struct error *err, int errnum, const char *step, const char *path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** The same with the present errno and its text as the reason. Returns -1. */
int error_errno(struct error *err, const char *step, const char *path);

#ifdef __clang_analyzer__ // it sees one file at a time: that these always fail is told to it here
#define error_set(...) (error_set(__VA_ARGS__), -1)
#define error_errno(...) (error_errno(__VA_ARGS__), -1)
#endif

/** `step path: reason` into `text`; always ends with a zero byte. */
void error_text(const struct error *err, char *text, size_t size);

#endif
