// Writing JSON strings into bounded memory. Knows no document.
#ifndef SLIPWAY_JSON_TEXT_H
#define SLIPWAY_JSON_TEXT_H

#include <stddef.h>

/** Longest output for one input byte: `\u001f` and U+FFFD both fit. */
#define JSON_TEXT_FACTOR 6

/**
 * The inside of a JSON string (no quotes) for `size` bytes of `data`: control characters, `"` and `\` escaped, each byte
 * that is not valid UTF-8 replaced by U+FFFD. Stops before an escape that would not fit; returns the bytes written
 * (no zero byte). `room` ≥ JSON_TEXT_FACTOR × `size` always takes all.
 */
size_t json_text(char *out, size_t room, const void *data, size_t size);

/** `"text"` with quotes and a zero byte; `room` ≥ 3. Returns the length without the zero byte. */
size_t json_quote(char *out, size_t room, const char *text);

#endif
