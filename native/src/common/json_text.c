// Writing JSON strings into bounded memory. Knows no document.
#include "json_text.h"

#include <stdint.h>
#include <string.h>

// Length of the valid UTF-8 sequence at `at`, 0 when there is none (overlong, surrogate, above U+10FFFF, cut off).
static size_t utf8_length(const uint8_t *at, size_t left) {
    uint8_t first = at[0];
    if (first < 0x80) return 1;
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || left < length) return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80) return 0;
    if (first == 0xe0 && at[1] < 0xa0) return 0;
    if (first == 0xed && at[1] > 0x9f) return 0;
    if (first == 0xf0 && at[1] < 0x90) return 0;
    if (first == 0xf4 && at[1] > 0x8f) return 0;
    return length;
}

// Writes the form of one ASCII byte into `form` (≥ 6 bytes) and returns its length.
static size_t ascii_form(uint8_t byte, char *form) {
    static const char hex[] = "0123456789abcdef";
    static const char short_from[] = "\n\r\t\"\\\b\f", short_to[] = "nrt\"\\bf";
    const char *found = byte == 0 ? NULL : memchr(short_from, byte, sizeof short_from - 1);
    if (found != NULL) {
        form[0] = '\\';
        form[1] = short_to[found - short_from];
        return 2;
    }
    if (byte >= 0x20 && byte != 0x7f) {
        form[0] = (char)byte;
        return 1;
    }
    memcpy(form, "\\u00", 4);
    form[4] = hex[byte >> 4];
    form[5] = hex[byte & 15];
    return 6;
}

size_t json_text(char *out, size_t room, const void *data, size_t size) {
    const uint8_t *at = data, *end = at + size;
    size_t used = 0;
    while (at < end) {
        char form[6];
        size_t taken = utf8_length(at, (size_t)(end - at)), length = taken;
        if (taken == 0) {
            memcpy(form, "\xef\xbf\xbd", length = 3);
            taken = 1;
        } else if (taken == 1) {
            length = ascii_form(*at, form);
        } else {
            memcpy(form, at, taken);
        }
        if (length > room - used) break;
        memcpy(out + used, form, length);
        used += length;
        at += taken;
    }
    return used;
}

size_t json_quote(char *out, size_t room, const char *text) {
    out[0] = '"';
    size_t used = 1 + json_text(out + 1, room - 3, text, strlen(text));
    out[used++] = '"';
    out[used] = '\0';
    return used;
}
