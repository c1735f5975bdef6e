// The socket between the parent and the process that becomes the container's: one message per packet, the end of the
// socket (exec closes it) is success.
#ifndef SLIPWAY_CONTROL_H
#define SLIPWAY_CONTROL_H

#include "common/error.h"

#include <stddef.h>

enum control_kind {
    CONTROL_ERROR = 1, // with struct error
    CONTROL_TERMINAL,  // with the master's descriptor
    CONTROL_READY,     // set up; waits for its start
    CONTROL_HOOKS,     // the rootfs is mounted: the hooks of the parent's side are due
    CONTROL_GO,        // parent to child: the id maps are written, or the hooks have run
};

struct control_message {
    enum control_kind kind;
    struct error error; // CONTROL_ERROR only
};

/** A pair, both close-on-exec: [0] the parent's, [1] the child's. */
int control_pair(int pair[2], struct error *err);

/** Sends; `fd` -1: none. 0 or -1 with errno. */
int control_send(int socket, const struct control_message *message, int fd);

/** Connects to the stream socket at `path`; -1 with err, whose step is `step`. */
int control_connect(const char *path, const char *step, struct error *err);

/** All of the bytes, the first with a descriptor (-1: none), for a socket of another protocol. 0 or -1 with errno. */
int control_send_bytes(int socket, const void *data, size_t size, int fd);

/** The next message: 1; 0 at the end; -1 with errno. `*fd` is -1 or a descriptor to close. */
int control_receive(int socket, struct control_message *message, int *fd);

#endif
