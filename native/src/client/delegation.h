// The engine's own place among the control groups (native/README.md, "Control groups"). Knows no server.
#ifndef SLIPWAY_CLIENT_DELEGATION_H
#define SLIPWAY_CLIENT_DELEGATION_H

#include <limits.h>

struct delegation {
    char path[PATH_MAX]; // "" when nothing is delegated
    char reason[512];    // why not
};

/** Asks for the place of the engine with this runtime directory; an ordinary user's process is moved into it. Never an error. */
void delegation_ask(const char *run, struct delegation *out);

#endif
