// Clients of the attach socket: their frames in, their bounded buffers out.
#ifndef SLIPWAY_SHIM_CLIENT_H
#define SLIPWAY_SHIM_CLIENT_H

#include "common/error.h"
#include "common/frame.h"
#include "loop.h"

#include <stdbool.h>
#include <stddef.h>

/** A client above this many unsent bytes makes the process's output wait. */
#define CLIENT_FULL (1u << 20)

struct shim;
struct client {
    struct source source; // first: a source is its client
    struct client *next;
    bool greeted, closing; // closing: end when the buffer is empty
    bool slow;             // its buffer has been full for a while, see slow.h
    uint8_t flags;         // HELLO_…
    // the frame being read
    uint8_t head[FRAME_HEADER], small[8];
    size_t head_used, small_used;
    uint8_t type;
    uint32_t left;
    // what could not be sent yet
    char *buffer;
    size_t start, used, room;
};

/** Listens at `path`: a stale socket there is replaced. A descriptor or -1. */
int client_listen(const char *path, struct error *err);

/** True when the process at the other end is the same user's (unix(7), SO_PEERCRED). */
bool client_is_own(int fd);

/** Accepts every waiting client. */
void client_accept(struct source *listener, uint32_t events, void *shim);

/** Sends output to every client that wants it. */
void client_broadcast(struct shim *shim, enum frame_type type, const void *data, size_t size);

/** Says why, and ends the connection when it has got that. */
void client_refuse(struct shim *shim, struct client *client, const char *sentence);

/** Sends Exit to all, who are closed when they have got everything. */
void client_end_all(struct shim *shim, int exit_code);

/** True while the server's own connection is there (Hello with the Watch flag). */
bool client_any_watch(const struct shim *shim);

/** True when a client's buffer is full. */
bool client_any_full(const struct shim *shim);

/** Reads from clients again, or no longer, as the process's input has room. */
void client_input_flow(struct shim *shim);

#endif
