// The process's standard input: a pipe or the terminal, with one chunk of what it has not taken yet.
#include "input.h"

#include "shim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

void input_close(struct shim *shim) {
    struct input *input = &shim->input;
    loop_close(&shim->loop, &input->source);
    free(input->pending);
    input->pending = NULL;
    input->used = 0;
}

// Writes what it can; what stays is waited for. A process that has closed its input gets no more.
static void push(struct shim *shim) {
    struct input *input = &shim->input;
    while (input->used > 0) {
        ssize_t put = write(input->source.fd, input->pending + input->start, input->used);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && errno == EAGAIN) break;
        if (put < 0) {
            if (!input->keep_open) return input_close(shim);
            put = (ssize_t)input->used; // a terminal nobody has open now: what was typed is lost, not the terminal
        }
        input->start += (size_t)put;
        input->used -= (size_t)put;
    }
    loop_watch(&shim->loop, &input->source, input->used > 0 ? EPOLLOUT : 0);
    if (input->used > 0) return;
    free(input->pending);
    input->pending = NULL;
    if (input->ending) input_close(shim);
}

static void input_ready(struct source *source, uint32_t events, void *context) {
    (void)source;
    (void)events;
    push(context);
    client_input_flow(context);
}

void input_open(struct input *input, int fd, bool terminal) {
    *input = (struct input){.source = {.fd = fd, .ready = input_ready}, .keep_open = terminal};
}

// A chunk read from one client may hold several frames, so this appends; the chunk's size bounds it all.
void input_write(struct shim *shim, const uint8_t *data, size_t size) {
    struct input *input = &shim->input;
    if (input->source.fd < 0 || input->ending) return;
    if (input->used == 0) {
        ssize_t put = write(input->source.fd, data, size);
        if (put < 0 && errno != EAGAIN && errno != EINTR) {
            if (!input->keep_open) input_close(shim);
            return;
        }
        if (put > 0) {
            data += put;
            size -= (size_t)put;
        }
    }
    if (size == 0) return;
    // Two chunks: a client may be read once more before it learns that the input is full.
    if (input->pending == NULL) {
        input->pending = malloc(2 * INPUT_CHUNK);
        input->start = 0;
    }
    if (input->pending == NULL || input->start + input->used + size > 2 * INPUT_CHUNK) return;
    memcpy(input->pending + input->start + input->used, data, size);
    input->used += size;
    loop_watch(&shim->loop, &input->source, EPOLLOUT);
    client_input_flow(shim);
}

void input_end(struct shim *shim) {
    struct input *input = &shim->input;
    if (input->keep_open || input->source.fd < 0) return;
    input->ending = true;
    if (input->used == 0) input_close(shim);
}

bool input_is_full(const struct input *input) {
    return input->used > 0;
}
