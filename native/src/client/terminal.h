// The person's terminal: its size, raw mode and back. Knows no frames.
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

/** Gives the terminal back as it was found; nothing when it was never raw. */
void terminal_restore(void);

#endif
