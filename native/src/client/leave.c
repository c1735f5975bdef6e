// The ways this program ends early and says why. Knows no frames.
#include "client/leave.h"

#include "client/terminal.h"

#include <stdio.h>
#include <stdlib.h>

void leave(int code) {
    terminal_restore();
    exit(code);
}

void leave_failed(const char *doing, const struct error *err, const char *hint) {
    char text[1024];
    error_text(err, text, sizeof text);
    terminal_restore();
    fprintf(stderr, "slipway: %s: %s\n", doing, text);
    if (hint[0] != '\0') fprintf(stderr, "%s\n", hint);
    exit(EXIT_ENGINE);
}
