// The freezer (cgroup-v2.rst, "cgroup.freeze").
#include "cgroup.h"

#include "common/cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

static int wait_frozen(const char *path, int dir, uint64_t wanted, struct error *err) {
    CLEAN_FD int events = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
    struct pollfd changed = {.fd = events, .events = POLLPRI};
    char text[CGROUP_TEXT];
    while (events >= 0) {
        uint64_t frozen = 0, populated = 0;
        ssize_t size = pread(events, text, sizeof text - 1, 0);
        text[size < 0 ? 0 : size] = '\0';
        if (size < 0 && errno != ENODEV) break;
        (void)cgroup_text_number(text, "populated", &populated);
        if (populated == 0) return error_set(err, ESRCH, "cgroup", path, "no process is left in it");
        if (!cgroup_text_number(text, "frozen", &frozen)) return error_set(err, EOPNOTSUPP, "cgroup", path, "the kernel can't freeze it");
        if (frozen == wanted) return 0;
        if (poll(&changed, 1, -1) < 0 && errno != EINTR) break;
    }
    return cgroup_failed(err, path, "cgroup.events");
}

int cgroup_freeze(const char *path, int dir, bool frozen, struct error *err) {
    if (cgroup_file_write(dir, "cgroup.freeze", frozen ? "1" : "0") < 0) return cgroup_failed(err, path, "cgroup.freeze");
    return wait_frozen(path, dir, frozen ? 1 : 0, err);
}

bool cgroup_is_frozen(const char *path) {
    struct error ignored;
    uint64_t frozen = 0;
    CLEAN_FD int dir = cgroup_open(path, &ignored);
    return dir >= 0 && cgroup_file_number(dir, "cgroup.freeze", &frozen) && frozen != 0;
}
