// Finds Ctrl-P Ctrl-Q in what is typed. Knows no terminal.
#ifndef SLIPWAY_CLIENT_DETACH_KEYS_H
#define SLIPWAY_CLIENT_DETACH_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Starts as `{0}`. A Ctrl-P is held back until the key after it says what it was. */
struct detach_keys {
    bool held;
};

/**
 * Copies `size` typed bytes to `out` (room for `size` + 1) without a held Ctrl-P; `*length` says how many. True when the keys
 * to detach were among them: what came before is in `out`, what came after is dropped.
 */
bool detach_keys_filter(struct detach_keys *keys, const uint8_t *typed, size_t size, uint8_t *out, size_t *length);

#endif
