// The person's terminal: its size, raw or hidden typing and back. Knows no frames.
#include "client/terminal.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios found;
static bool changed;
static int terminal = STDIN_FILENO;

struct terminal_size terminal_size(void) {
    static const int order[] = {STDOUT_FILENO, STDIN_FILENO, STDERR_FILENO};
    for (size_t i = 0; i < 3; i++) {
        struct winsize size;
        if (ioctl(order[i], TIOCGWINSZ, &size) == 0) return (struct terminal_size){size.ws_row, size.ws_col};
    }
    return (struct terminal_size){0, 0};
}

// Remembers how the terminal was found, once.
static bool terminal_find(int fd) {
    if (!changed && tcgetattr(fd, &found) < 0) return false;
    if (!changed) terminal = fd;
    return changed = true;
}

void terminal_raw(void) {
    if (!terminal_find(STDIN_FILENO)) return;
    struct termios mode = found;
    cfmakeraw(&mode);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    tcsetattr(terminal, TCSANOW, &mode);
}

void terminal_hide(int fd) {
    if (!terminal_find(fd)) return;
    struct termios mode = found;
    mode.c_lflag &= ~(tcflag_t)ECHO;
    mode.c_lflag |= ECHONL;
    tcsetattr(terminal, TCSANOW, &mode);
}

// A background process that sets a terminal is stopped by SIGTTOU unless that is blocked.
void terminal_restore(void) {
    if (!changed) return;
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, &old);
    tcsetattr(terminal, TCSANOW, &found);
    sigprocmask(SIG_SETMASK, &old, NULL);
    changed = false;
}
