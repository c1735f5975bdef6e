// Ending a cgroup: everything killed, waited for, and the directories taken away from the deepest up.
#include "cgroup.h"

#include "common/cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 128 };

// Calls `visit` on each cgroup directly below.
static int each_below(int dir, int depth, int (*visit)(int parent, const char *name, int depth)) {
    CLEAN_FD int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEAN_DIR DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    if (entries == NULL) return -1;
    (void)take_fd(&copy);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (visit(dir, entry->d_name, depth) < 0) return -1;
    }
    return 0;
}

static int open_below(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// The way for kernels before 5.14: one signal for each, until none is seen that was not there before a round.
static int signal_all(int parent, const char *name, int depth) {
    CLEAN_FD int dir = open_below(parent, name);
    CLEAN_FD int fd = dir < 0 ? -1 : openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    CLEAN_FILE FILE *procs = fd < 0 ? NULL : fdopen(fd, "r");
    int pid;
    if (procs == NULL) return errno == ENOENT ? 0 : -1;
    (void)take_fd(&fd);
    while (fscanf(procs, "%d", &pid) == 1)
        if (pid > 0) (void)kill(pid, SIGKILL);
    return depth == MAX_DEPTH ? 0 : each_below(dir, depth + 1, signal_all);
}

int cgroup_kill(const char *path, int dir, struct error *err) {
    if (cgroup_file_write(dir, "cgroup.kill", "1") == 0) return 0;
    if (errno != ENOENT || signal_all(dir, ".", 0) < 0) return cgroup_failed(err, path, "cgroup.kill");
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
        if (faccessat(dir, "cgroup.kill", F_OK, 0) < 0) (void)signal_all(dir, ".", 0);
        if (poll(&changed, 1, -1) < 0 && errno != EINTR) return -1;
    }
    return -1;
}

static int remove_one(int parent, const char *name, int depth) {
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
    if (errno != EBUSY && errno != ENOTEMPTY) return -1;
    CLEAN_FD int dir = open_below(parent, name);
    if (dir < 0) return errno == ENOENT ? 0 : -1;
    if (cgroup_wait_empty(dir) < 0 || (depth < MAX_DEPTH && each_below(dir, depth + 1, remove_one) < 0)) return -1;
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
    return remove_one(parent, name, 0) < 0 ? cgroup_failed(err, path, NULL) : 0;
}
