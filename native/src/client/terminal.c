// The person's terminal: its size, raw mode and back. Knows no frames.
#include "client/terminal.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios found;
static bool raw;

struct terminal_size terminal_size(void) {
    static const int order[] = {STDOUT_FILENO, STDIN_FILENO, STDERR_FILENO};
    for (size_t i = 0; i < 3; i++) {
        struct winsize size;
        if (ioctl(order[i], TIOCGWINSZ, &size) == 0) return (struct terminal_size){size.ws_row, size.ws_col};
    }
    return (struct terminal_size){0, 0};
}

void terminal_raw(void) {
    if (!raw && tcgetattr(STDIN_FILENO, &found) < 0) return;
    raw = true;
    struct termios mode = found;
    cfmakeraw(&mode);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &mode);
}

// A background process that sets a terminal is stopped by SIGTTOU unless that is blocked.
void terminal_restore(void) {
    if (!raw) return;
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, &old);
    tcsetattr(STDIN_FILENO, TCSANOW, &found);
    sigprocmask(SIG_SETMASK, &old, NULL);
    raw = false;
}
