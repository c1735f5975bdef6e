// Points in time as text. Needs neither time zones nor the C library's formatting, which a small shim does not keep mapped.
#ifndef SLIPWAY_SHIM_TIMESTAMP_H
#define SLIPWAY_SHIM_TIMESTAMP_H

#include <time.h>

/** Length of `2026-01-31T12:34:56.123456789Z` and its zero byte. */
#define TIMESTAMP_SIZE 31

/** RFC 3339 with nanoseconds, in UTC; years 0 to 9999. */
void timestamp_put(const struct timespec *time, char out[TIMESTAMP_SIZE]);

#endif
