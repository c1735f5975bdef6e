// Finds the keys to detach (Ctrl-P Ctrl-Q, or others) in what is typed. Knows no terminal.
#include "client/detach_keys.h"

#include <string.h>

static int digit(char letter) {
    static const char digits[] = "0123456789abcdef";
    const char *found = letter == '\0' ? NULL : strchr(digits, letter);
    return found == NULL ? -1 : (int)(found - digits);
}

bool detach_keys_parse(struct detach_keys *keys, const char *text) {
    size_t length = strlen(text);
    *keys = (struct detach_keys){0};
    if (length % 2 != 0 || length / 2 > DETACH_KEYS_MAX) return false;
    for (size_t i = 0; i < length; i += 2) {
        int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0) return false;
        keys->keys[keys->count++] = (uint8_t)(high << 4 | low);
    }
    return true;
}

// Another byte than the one awaited: held keys go out until what is left of them and the byte begin the sequence again.
static size_t fall_back(struct detach_keys *keys, uint8_t byte, uint8_t *out) {
    size_t used = 0;
    while (keys->held > 0 && keys->keys[keys->held] != byte) {
        size_t left = keys->held - 1, from = 1;
        while (memcmp(keys->keys, keys->keys + from, left) != 0) left--, from++;
        memcpy(out + used, keys->keys, from);
        used += from;
        keys->held = left;
    }
    return used;
}

bool detach_keys_filter(struct detach_keys *keys, const uint8_t *typed, size_t size, uint8_t *out, size_t *length) {
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        used += fall_back(keys, typed[i], out + used);
        if (keys->count > 0 && keys->keys[keys->held] == typed[i]) keys->held++;
        else out[used++] = typed[i];
        if (keys->count > 0 && keys->held == keys->count) {
            *length = used;
            return true;
        }
    }
    *length = used;
    return false;
}
