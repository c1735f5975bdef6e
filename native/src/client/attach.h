// Relays between the person's stdio and a shim until the container ends, the person detaches, or the shim is gone.
// Knows nothing of the server.
#ifndef SLIPWAY_CLIENT_ATTACH_H
#define SLIPWAY_CLIENT_ATTACH_H

#include "client/detach_keys.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/** CliAttach of runtime-server/protocol/frames.ts. */
struct attach {
    char path[PATH_MAX];
    bool stdin_open;
    bool tty;
    bool signal_proxy;
    struct detach_keys keys;
};

enum attach_how { ATTACH_EXIT, ATTACH_DETACH, ATTACH_LOST };

struct attach_end {
    enum attach_how how;
    uint32_t code;    // of ATTACH_EXIT
    char reason[512]; // of ATTACH_LOST
};

/** Returns when the relay is over and the terminal is as before. Ends the program on signals that are not the container's. */
void attach_run(const struct attach *plan, struct attach_end *end);

#endif
