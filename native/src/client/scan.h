// Reading one small JSON document left to right, without building a tree. Knows no document.
#ifndef SLIPWAY_CLIENT_SCAN_H
#define SLIPWAY_CLIENT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/** A place in a document. `failed` stays set from the first thing that was not as asked for. */
struct scan {
    const char *at;
    const char *end;
    bool failed;
};

/** A cursor at the start of `size` bytes. */
struct scan scan_start(const char *data, size_t size);

/** Enters an object or array: `open` is '{' or '['. */
void scan_open(struct scan *scan, char open);

/** True while there is another member or element before `close`; eats the comma, and at the end `close` itself. */
bool scan_more(struct scan *scan, char close, bool *first);

/** A string into `out` with a zero byte; one that does not fit, or holds a zero byte, fails. Returns its length. */
size_t scan_string(struct scan *scan, char *out, size_t room);

/** A member's name and its colon. */
void scan_key(struct scan *scan, char *out, size_t room);

/** `true` or `false`. */
bool scan_bool(struct scan *scan);

/** Passes over any value, nested at most 32 deep. */
void scan_skip(struct scan *scan);

#endif
