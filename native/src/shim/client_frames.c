// Reading the frames that a client sends. Input is passed on as it comes; only small frames are collected.
#include "client_frames.h"

#include "input.h"
#include "runtime/pty.h"
#include "shim.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { VERSION = 1, HELLO_SIZE = 6, RESIZE_SIZE = 4 };

static const char bad_frame[] = "attach: not a frame of this protocol";

static void resize(struct shim *shim, const uint8_t *size) {
    if (shim->tty && shim->container.master >= 0) pty_resize(shim->container.master, get_u16be(size), get_u16be(size + 2));
}

static const char *hello(struct shim *shim, struct client *client) {
    if (client->small[0] != VERSION) return "attach: the client speaks another version of the protocol";
    client->flags = client->small[1];
    client->greeted = true;
    resize(shim, client->small + 2);
    return NULL;
}

// Acts on a whole small frame, which lies in `small`.
static const char *act(struct shim *shim, struct client *client) {
    switch (client->type) {
    case FRAME_HELLO: return hello(shim, client);
    case FRAME_RESIZE: resize(shim, client->small); return NULL;
    case FRAME_SIGNAL: shim_signal(shim, client->small[0]); return NULL;
    case FRAME_RELEASE: shim_release(shim); return NULL;
    case FRAME_STDIN:
        if (shim->options.open_stdin) input_end(shim);
        return NULL;
    default: return bad_frame;
    }
}

// Whether a frame of this type and length may come now.
static bool acceptable(const struct client *client) {
    if (!client->greeted) return client->type == FRAME_HELLO && client->left == HELLO_SIZE;
    switch (client->type) {
    case FRAME_STDIN: return (client->flags & HELLO_STDIN) != 0; // who has not said so is not made to wait
    case FRAME_RESIZE: return client->left == RESIZE_SIZE;
    case FRAME_SIGNAL: return client->left == 1;
    case FRAME_RELEASE: return client->left == 0;
    default: return false;
    }
}

static const char *begin(struct shim *shim, struct client *client) {
    if (!frame_parse(client->head, &client->type, &client->left) || !acceptable(client)) return bad_frame;
    client->small_used = 0;
    if (client->left > 0) return NULL;
    client->head_used = 0;
    return act(shim, client);
}

// Takes part of a payload; when it is whole the frame is done.
static const char *take_payload(struct shim *shim, struct client *client, const uint8_t *data, size_t size) {
    client->left -= (uint32_t)size;
    if (client->type == FRAME_STDIN) {
        if (shim->options.open_stdin) input_write(shim, data, size);
    } else {
        memcpy(client->small + client->small_used, data, size);
        client->small_used += size;
    }
    if (client->left > 0) return NULL;
    client->head_used = 0;
    return client->type == FRAME_STDIN ? NULL : act(shim, client);
}

const char *client_frames_take(struct shim *shim, struct client *client, const uint8_t *data, size_t size) {
    const char *complaint = NULL;
    while (size > 0 && complaint == NULL) {
        bool in_head = client->head_used < FRAME_HEADER;
        size_t wanted = in_head ? FRAME_HEADER - client->head_used : client->left;
        size_t taken = size < wanted ? size : wanted;
        if (in_head) {
            memcpy(client->head + client->head_used, data, taken);
            client->head_used += taken;
            if (client->head_used == FRAME_HEADER) complaint = begin(shim, client);
        } else {
            complaint = take_payload(shim, client, data, taken);
        }
        data += taken;
        size -= taken;
    }
    return complaint;
}

bool client_frames_read(struct shim *shim, struct client *client, const char **complaint) {
    static uint8_t data[INPUT_CHUNK];
    ssize_t got = recv(client->source.fd, data, sizeof data, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    *complaint = client_frames_take(shim, client, data, (size_t)got);
    return true;
}
