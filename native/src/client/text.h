// A growing piece of text for one JSON document. Knows no document.
#ifndef SLIPWAY_CLIENT_TEXT_H
#define SLIPWAY_CLIENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/** Starts as `{0}`; `failed` once memory was missing or the text passed FRAME_MAX, after which nothing is added. */
struct text {
    char *data;
    size_t size;
    size_t room;
    bool failed;
};

/** Adds `string` as it is. */
void text_add(struct text *text, const char *string);

/** Adds `string` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void text_add_json(struct text *text, const char *string);

/** Adds a decimal number. */
void text_add_number(struct text *text, unsigned long number);

/** Frees the memory; also a cleanup attribute: `__attribute__((cleanup(text_free)))`. */
void text_free(struct text *text);

#endif
