// Finds Ctrl-P Ctrl-Q in what is typed. Knows no terminal.
#include "client/detach_keys.h"

#define CTRL_P 0x10
#define CTRL_Q 0x11

bool detach_keys_filter(struct detach_keys *keys, const uint8_t *typed, size_t size, uint8_t *out, size_t *length) {
    size_t used = 0;
    bool found = false;
    for (size_t i = 0; i < size && !found; i++) {
        if (keys->held && typed[i] == CTRL_Q) {
            found = true;
            continue;
        }
        if (keys->held) out[used++] = CTRL_P;
        keys->held = typed[i] == CTRL_P;
        if (!keys->held) out[used++] = typed[i];
    }
    *length = used;
    return found;
}
