// The files of a log that is bounded: `log`, and behind it `log.1`, `log.2`, … each older than the one before.
#include "log_rotate.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

int log_rotate(const char *path, unsigned files) {
    char fresh[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
    if ((size_t)snprintf(fresh, sizeof fresh, "%s.new", path) >= sizeof fresh) return -1;
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0) return -1;
    // From the oldest on, each takes the place of the one that goes. One that is not there is no failure.
    for (unsigned i = files - 1; i > 0; i--) {
        snprintf(from, sizeof from, i > 1 ? "%s.%u" : "%s", path, i - 1);
        snprintf(to, sizeof to, "%s.%u", path, i);
        (void)rename(from, to);
    }
    (void)rename(fresh, path); // a reader that has the old one open finds that this one is another
    return fd;
}
