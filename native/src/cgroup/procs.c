// The processes of a cgroup and of those below it.
#include "procs.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

int procs_each_below(int dir, int depth, int (*visit)(int parent, const char *name, int depth, void *context), void *context) {
    CLEAN_FD int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEAN_DIR DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    if (entries == NULL) return -1;
    (void)take_fd(&copy);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (visit(dir, entry->d_name, depth, context) < 0) return -1;
    }
    return 0;
}

static int add(struct cgroup_pids *pids, pid_t pid) {
    if (pids->count == pids->room) {
        size_t room = pids->room == 0 ? 64 : pids->room * 2;
        pid_t *more = realloc(pids->list, room * sizeof *more);
        if (more == NULL) return -1;
        pids->list = more;
        pids->room = room;
    }
    pids->list[pids->count++] = pid;
    return 0;
}

static int collect(int parent, const char *name, int depth, void *context) {
    CLEAN_FD int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEAN_FD int fd = dir < 0 ? -1 : openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    CLEAN_FILE FILE *procs = fd < 0 ? NULL : fdopen(fd, "r");
    int pid;
    if (procs == NULL) return errno == ENOENT || errno == ENODEV ? 0 : -1; // it went meanwhile
    (void)take_fd(&fd);
    while (fscanf(procs, "%d", &pid) == 1)
        if (pid > 0 && add(context, pid) < 0) return -1;
    return depth == CGROUP_DEPTH ? 0 : procs_each_below(dir, depth + 1, collect, context);
}

int cgroup_pids(int dir, struct cgroup_pids *out) {
    *out = (struct cgroup_pids){0};
    return collect(dir, ".", 0, out);
}

int cgroup_signal(int dir, int number) {
    struct cgroup_pids pids;
    int result = cgroup_pids(dir, &pids);
    for (size_t i = 0; result == 0 && i < pids.count; i++)
        if (kill(pids.list[i], number) < 0 && errno != ESRCH) result = -1;
    free(pids.list);
    return result;
}
