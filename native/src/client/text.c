// A growing piece of text for one JSON document. Knows no document.
#include "client/text.h"

#include "common/frame.h"
#include "common/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Makes sure that `more` bytes fit.
static bool text_grow(struct text *text, size_t more) {
    if (text->failed) return false;
    size_t need = text->size + more;
    if (need <= text->room) return true;
    size_t room = need < 1024 ? 1024 : need * 2;
    char *larger = need > (size_t)FRAME_MAX * JSON_TEXT_FACTOR ? NULL : realloc(text->data, room);
    if (larger == NULL) {
        text->failed = true;
        return false;
    }
    text->data = larger;
    text->room = room;
    return true;
}

static void text_add_bytes(struct text *text, const char *bytes, size_t size) {
    if (!text_grow(text, size)) return;
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
    if (text->size > FRAME_MAX) text->failed = true;
}

void text_add(struct text *text, const char *string) {
    text_add_bytes(text, string, strlen(string));
}

void text_add_json(struct text *text, const char *string) {
    size_t size = strlen(string), room = size * JSON_TEXT_FACTOR;
    text_add(text, "\"");
    if (!text_grow(text, room)) return;
    text->size += json_text(text->data + text->size, room, string, size);
    text_add(text, "\"");
}

void text_add_number(struct text *text, unsigned long number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lu", number);
    text_add(text, digits);
}

void text_free(struct text *text) {
    free(text->data);
    *text = (struct text){0};
}
