// How far unpacking is, for whoever wants to know. Knows no layer.
#include "layer/progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#define INTERVAL 100 // milliseconds

void progress_start(struct progress *progress, int fd) {
    *progress = (struct progress){.fd = fd};
    if (fd >= 0) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

void progress_tell(struct progress *progress, uint64_t done) {
    struct timespec time;
    if (progress->fd < 0) return;
    clock_gettime(CLOCK_MONOTONIC, &time);
    uint64_t now = (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
    if (progress->told_at != 0 && now - progress->told_at < INTERVAL) return;
    progress->told_at = now;
    // A line that nobody takes is not missed.
    dprintf(progress->fd, "{\"unpacked\":%llu}\n", (unsigned long long)done);
}
