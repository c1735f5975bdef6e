// Fuzzes what a client of the attach socket may send, cut at random places.
#include "mutate.h"

#include "shim/client_frames.h"
#include "shim/shim.h"

static void take(const uint8_t *data, size_t size) {
    struct shim *shim = calloc(1, sizeof *shim);
    struct client *client = calloc(1, sizeof *client);
    const char *complaint = NULL;
    shim->loop.epoll = shim->container.pidfd = shim->container.master = -1;
    shim->input.source.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    shim->options.open_stdin = true;
    shim->tty = (size & 1) != 0;
    while (size > 0 && complaint == NULL) {
        size_t piece = 1 + fuzz_random(size < INPUT_CHUNK ? size : INPUT_CHUNK);
        complaint = client_frames_take(shim, client, data, piece);
        data += piece;
        size -= piece;
    }
    if (shim->input.source.fd >= 0) close(shim->input.source.fd);
    free(shim->input.pending);
    free(client);
    free(shim);
}

int main(int argc, char **argv) {
    static const char *const words[] = {"\x30", "\x10", "\x11", "\x33", "\x12"};
    return fuzz_run(argc, argv, words, sizeof words / sizeof *words, take);
}
