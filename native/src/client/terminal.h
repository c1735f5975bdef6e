// The person's terminal: its size, raw or hidden typing and back. Knows no frames.
#ifndef SLIPWAY_CLIENT_TERMINAL_H
#define SLIPWAY_CLIENT_TERMINAL_H

#include <stdint.h>

struct terminal_size {
    uint16_t rows;
    uint16_t columns;
};

/** Size of the first of stdout, stdin and stderr that is a terminal; 0 0 when none is. */
struct terminal_size terminal_size(void);

/** Puts standard input's terminal into raw mode; the first call remembers what it was. Also after SIGCONT. */
void terminal_raw(void);

/** Puts the terminal `fd` into a mode that shows no typed line, only its end; what it was is remembered by the first call. */
void terminal_hide(int fd);

/** Gives the terminal back as it was found; nothing when it was not changed. */
void terminal_restore(void);

#endif
