// Clients that do not keep up with the output: it waits for them, but not for long when somebody else waits with it.
#include "slow.h"

#include "shim.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

// A client whose buffer stays full for one to two of these is too slow.
enum { GRACE_SECONDS = 1 };

static bool is_full(const struct client *client) {
    return client->used >= CLIENT_FULL && !client->closing;
}

// Whether the output waits for one although another could take more. One that is alone, like the far end of a pipe, may take
// all the time it wants.
static bool others_wait(const struct shim *shim) {
    bool full = false, ready = false;
    for (const struct client *client = shim->clients; client != NULL; client = client->next) {
        if (is_full(client)) full = true;
        else if (!client->closing && (client->flags & HELLO_OUTPUT) != 0) ready = true;
    }
    return full && ready;
}

static void slow_ready(struct source *source, uint32_t events, void *context) {
    struct shim *shim = context;
    (void)events;
    loop_close(&shim->loop, source);
    for (struct client *client = shim->clients; client != NULL; client = client->next) {
        if (is_full(client) && client->slow) client_refuse(shim, client, "attach: too slow, and others were waiting");
        client->slow = is_full(client);
    }
}

void slow_follow(struct shim *shim) {
    struct itimerspec once = {.it_value.tv_sec = GRACE_SECONDS};
    for (struct client *client = shim->clients; client != NULL; client = client->next)
        if (!is_full(client)) client->slow = false;
    if (!others_wait(shim)) return loop_close(&shim->loop, &shim->slow);
    if (shim->slow.fd >= 0) return;
    shim->slow = (struct source){.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), .ready = slow_ready};
    if (shim->slow.fd < 0 || timerfd_settime(shim->slow.fd, 0, &once, NULL) < 0) return;
    loop_watch(&shim->loop, &shim->slow, EPOLLIN);
}
