// A Unix stream socket that carries frames: connecting, sending whole frames, taking received bytes apart. Knows no frame's meaning.
#ifndef SLIPWAY_CLIENT_CONNECTION_H
#define SLIPWAY_CLIENT_CONNECTION_H

#include "common/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define READER_SIZE (64u << 10)

/** Connects to the socket `name` inside the open directory `dirfd`. The descriptor, or -1 with errno. */
int connection_open_at(int dirfd, const char *name);

/** Connects to an absolute path of any length. The descriptor, or -1 with errno. */
int connection_open(const char *path);

/** Sends one whole frame on a blocking socket. 0, or -1 with errno. */
int connection_send(int fd, enum frame_type type, const void *payload, size_t size);

/** Bytes received and not yet taken. Starts as `{.fd = fd}`. */
struct reader {
    int fd;
    bool inside;        // the header of `type` is taken, `left` bytes of its payload are not
    uint8_t type;
    uint32_t left;
    uint8_t *whole;     // payload of a frame other than Stdout and Stderr, gathered
    size_t gathered;
    size_t start, end;  // of the bytes in `buffer`
    uint8_t buffer[READER_SIZE];
};

/** A whole frame, or for Stdout and Stderr as much of one as is here. Good until the next call on the reader. */
struct piece {
    uint8_t type;
    const uint8_t *data;
    size_t size;
};

enum reader_result { READER_EMPTY, READER_PIECE, READER_BAD };

/** Receives once without waiting, when everything before was taken. What recv says: bytes, 0 at the end, -1 with errno. */
ssize_t reader_fill(struct reader *reader);

/** The next piece of what was received. */
enum reader_result reader_next(struct reader *reader, struct piece *piece);

/** Frees what the reader gathered; the descriptor stays. */
void reader_free(struct reader *reader);

#endif
