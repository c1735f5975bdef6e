// Ending a cgroup: everything killed, waited for, and the directories taken away from the deepest up.
#include "cgroup.h"

#include "common/cleanup.h"
#include "file.h"
#include "procs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

static int open_below(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int cgroup_kill(const char *path, int dir, struct error *err) {
    if (cgroup_file_write(dir, "cgroup.kill", "1") == 0) return 0;
    // Before Linux 5.14: one signal for each; cgroup_wait_empty sends more.
    if (errno != ENOENT || cgroup_signal(dir, SIGKILL) < 0) return cgroup_failed(err, path, "cgroup.kill");
    return 0;
}

// The file changes its `populated` and raises POLLPRI; what is read after opening arms the next notice.
int cgroup_wait_empty(int dir) {
    CLEAN_FD int events = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
    struct pollfd changed = {.fd = events, .events = POLLPRI};
    char text[CGROUP_TEXT];
    while (events >= 0) {
        uint64_t number = 1;
        ssize_t size = pread(events, text, sizeof text - 1, 0);
        if (size < 0) return errno == ENODEV ? 0 : -1;
        text[size] = '\0';
        if (!cgroup_text_number(text, "populated", &number) || number == 0) return 0;
        // A process that forks while it is killed by number may get away for one round.
        if (faccessat(dir, "cgroup.kill", F_OK, 0) < 0) (void)cgroup_signal(dir, SIGKILL);
        if (poll(&changed, 1, -1) < 0 && errno != EINTR) return -1;
    }
    return -1;
}

static int remove_one(int parent, const char *name, int depth, void *context) {
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    if (errno != EBUSY && errno != ENOTEMPTY) return -1;
    CLEAN_FD int dir = open_below(parent, name);
    if (dir < 0) return errno == ENOENT ? 0 : -1;
    if (cgroup_wait_empty(dir) < 0 || (depth < CGROUP_DEPTH && procs_each_below(dir, depth + 1, remove_one, context) < 0)) return -1;
    return unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -1 : 0;
}

int cgroup_remove(const char *path, struct error *err) {
    char parent_path[PATH_MAX];
    snprintf(parent_path, sizeof parent_path, "%s", path);
    for (size_t end = strlen(parent_path); end > 1 && parent_path[end - 1] == '/'; end--) parent_path[end - 1] = '\0';
    char *name = strrchr(parent_path, '/');
    if (name == NULL || name[1] == '\0') return error_set(err, EINVAL, "cgroup", path, "not a path of a cgroup");
    *name++ = '\0';
    CLEAN_FD int parent = cgroup_open(parent_path, err);
    if (parent < 0) return err->errnum == ENOENT ? 0 : -1;
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    CLEAN_FD int dir = open_below(parent, name);
    if (dir < 0) return errno == ENOENT ? 0 : cgroup_failed(err, path, NULL);
    if (cgroup_kill(path, dir, err) < 0) return -1;
    return remove_one(parent, name, 0, NULL) < 0 ? cgroup_failed(err, path, NULL) : 0;
}
