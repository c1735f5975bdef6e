// What the process writes: read when allowed, logged, sent to the clients.
#include "output.h"

#include "shim.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

// CHUNK: most that is read at once. DRAIN_MAX: a process that a finished exec left behind may write for ever; a pipe holds
// at most 1 MiB for an ordinary user.
enum { CHUNK = 32 * 1024, DRAIN_MAX = 2 << 20 };

// Bytes read; 0: nothing now; -1: at its end (a terminal says EIO).
static ssize_t read_some(struct shim *shim, struct output *output) {
    static char data[CHUNK];
    ssize_t got;
    do got = read(output->source.fd, data, sizeof data);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) return -1;
    log_write(&shim->log, output->stream, data, (size_t)got);
    client_broadcast(shim, output->stream == 0 ? FRAME_STDOUT : FRAME_STDERR, data, (size_t)got);
    return got;
}

static void output_ready(struct source *source, uint32_t events, void *context) {
    struct output *output = (struct output *)source;
    struct shim *shim = context;
    (void)events;
    if (read_some(shim, output) < 0) loop_close(&shim->loop, &output->source);
}

void output_open(struct output *output, int fd, int stream) {
    *output = (struct output){.source = {.fd = fd, .ready = output_ready}, .stream = stream};
}

void output_flow(struct shim *shim, bool flowing) {
    for (int i = 0; i < 2; i++) loop_watch(&shim->loop, &shim->outputs[i].source, flowing ? EPOLLIN : 0);
}

void output_drain(struct shim *shim) {
    for (int i = 0; i < 2; i++) {
        struct output *output = &shim->outputs[i];
        size_t total = 0;
        ssize_t got = 1;
        while (output->source.fd >= 0 && total < DRAIN_MAX && (got = read_some(shim, output)) > 0) total += (size_t)got;
        loop_close(&shim->loop, &output->source);
    }
}
