// Finds the keys to detach (Ctrl-P Ctrl-Q, or others) in what is typed. Knows no terminal.
#ifndef SLIPWAY_CLIENT_DETACH_KEYS_H
#define SLIPWAY_CLIENT_DETACH_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The longest sequence. */
#define DETACH_KEYS_MAX 32u

/** Without keys nothing is ever found. Those that have been typed of the sequence are held back until what follows says what they were. */
struct detach_keys {
    uint8_t keys[DETACH_KEYS_MAX];
    size_t count, held;
};

/** Reads two hexadecimal digits for each key; false for anything else. */
bool detach_keys_parse(struct detach_keys *keys, const char *text);

/**
 * Copies `size` typed bytes to `out` (room for `size` + DETACH_KEYS_MAX) without held keys; `*length` says how many. True when the
 * keys to detach were among them: what came before is in `out`, what came after is dropped.
 */
bool detach_keys_filter(struct detach_keys *keys, const uint8_t *typed, size_t size, uint8_t *out, size_t *length);

#endif
