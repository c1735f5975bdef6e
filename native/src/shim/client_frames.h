// Reading the frames that a client sends.
#ifndef SLIPWAY_SHIM_CLIENT_FRAMES_H
#define SLIPWAY_SHIM_CLIENT_FRAMES_H

#include "client.h"

/**
 * Reads what is there and acts on every whole frame. False: the connection has ended. `*complaint`: a sentence for a
 * client that does not keep the protocol and is to be refused.
 */
bool client_frames_read(struct shim *shim, struct client *client, const char **complaint);

/** The part without a socket, for the fuzzer: acts on `size` bytes; a complaint or NULL. */
const char *client_frames_take(struct shim *shim, struct client *client, const uint8_t *data, size_t size);

#endif
