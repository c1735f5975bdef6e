// The event loop: epoll with sources. Knows nothing of what they are.
#include "loop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

int loop_open(struct loop *loop, struct error *err) {
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    return loop->epoll < 0 ? error_errno(err, "make event loop", NULL) : 0;
}

void loop_watch(struct loop *loop, struct source *source, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (source->fd < 0 || source->events == events) return;
    int operation = source->events == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    // EPERM: a file or /dev/null as output has no readiness; ENOMEM, ENOSPC leave the source silent.
    if (epoll_ctl(loop->epoll, operation, source->fd, &event) == 0) source->events = events;
}

void loop_close(struct loop *loop, struct source *source) {
    if (source->fd < 0) return;
    loop_watch(loop, source, 0);
    close(source->fd);
    source->fd = -1;
}

int loop_step(struct loop *loop, void *context) {
    struct epoll_event event;
    int count = epoll_wait(loop->epoll, &event, 1, -1);
    if (count < 0) return errno == EINTR ? 0 : -1;
    if (count == 1) {
        struct source *source = event.data.ptr;
        source->ready(source, event.events, context);
    }
    return 0;
}
