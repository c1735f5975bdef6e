// The holder: finding, making, recording and joining it. Knows no server.
#include "client/holder.h"

#include "client/namespace_child.h"
#include "common/cleanup.h"
#include "common/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define RECORD "holder"

// Field 22 of /proc/PID/stat: with it a pid means one process only. 0 when there is no such process.
static unsigned long long holder_start_time(pid_t pid) {
    char path[64];
    size_t size;
    unsigned long long start = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    CLEAN_FREE char *text = io_read_file(AT_FDCWD, path, 4096, &size);
    const char *at = text == NULL ? NULL : strrchr(text, ')');
    for (int field = 2; at != NULL && field < 22; field++) at = strchr(at + 1, ' ');
    return at == NULL || sscanf(at, " %llu", &start) != 1 ? 0 : start;
}

// A descriptor of the recorded process, if it is still the same one; -1 when there is none.
static int holder_find(int run, pid_t *pid) {
    size_t size;
    int number;
    unsigned long long start;
    CLEAN_FREE char *record = io_read_file(run, RECORD, 128, &size);
    if (record == NULL || sscanf(record, "%d %llu", &number, &start) != 2 || number <= 1) return -1;
    CLEAN_FD int pidfd = (int)syscall(SYS_pidfd_open, number, 0);
    // The descriptor is open first: what is read now is of the process that it names, or of none.
    if (pidfd < 0 || holder_start_time(number) != start) return -1;
    *pid = number;
    return take_fd(&pidfd);
}

static int holder_record(int run, pid_t pid, struct error *err) {
    char text[64];
    int length = snprintf(text, sizeof text, "%d %llu\n", (int)pid, holder_start_time(pid));
    return io_write_atomic(run, RECORD, text, (size_t)length, 0600) < 0 ? error_errno(err, "write", RECORD) : 0;
}

// A directory per running container is in <run>/c.
static bool holder_in_use(int run) {
    CLEAN_FD int fd = openat(run, "c", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEAN_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) return false;
    take_fd(&fd);
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) return true;
    return false;
}

static enum holder_result holder_join(int pidfd, const struct id_plan *plan, struct holder *holder, struct error *err) {
    if (setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS) < 0) {
        error_errno(err, "join the namespaces of", "the holder");
        return HOLDER_FAILED;
    }
    holder->single = id_map_is_single(0);
    if (holder->single) snprintf(holder->reason, sizeof holder->reason, "%s", plan->full ? "the namespace was made before ranges were there" : plan->reason);
    return HOLDER_JOINED;
}

// Makes a holder with the plan's ids; it ends by itself if this process does not get as far as recording it.
static enum holder_result holder_make(int run, struct id_plan *plan, struct holder *holder, struct error *err) {
    struct namespace_child child;
    enum holder_result result = namespace_child_start(&child, holder->reason, sizeof holder->reason, err);
    if (result != HOLDER_JOINED) return result;
    int mapped = plan->full ? id_map_full(plan, child.pid) : id_map_single(child.pid);
    if (mapped < 0 && plan->full) {
        namespace_child_end(&child);
        plan->full = false;
        snprintf(plan->reason, sizeof plan->reason, "newuidmap or newgidmap refused the ranges of /etc/subuid and /etc/subgid");
        return holder_make(run, plan, holder, err);
    }
    if (mapped < 0) {
        error_errno(err, "map ids", NULL);
        result = HOLDER_FAILED;
    }
    if (result == HOLDER_JOINED) result = namespace_child_prepare(&child, holder->reason, sizeof holder->reason, err);
    if (result == HOLDER_JOINED && holder_record(run, child.pid, err) < 0) result = HOLDER_FAILED;
    CLEAN_FD int pidfd = result == HOLDER_JOINED ? (int)syscall(SYS_pidfd_open, child.pid, 0) : -1;
    if (result == HOLDER_JOINED) result = holder_join(pidfd, plan, holder, err);
    if (result == HOLDER_JOINED) namespace_child_keep(&child);
    else namespace_child_end(&child);
    return result;
}

enum holder_result holder_enter(int run, struct holder *holder, struct error *err) {
    struct id_plan plan;
    pid_t pid;
    *holder = (struct holder){0};
    id_plan_make(&plan);
    CLEAN_FD int pidfd = holder_find(run, &pid);
    if (pidfd < 0) return holder_make(run, &plan, holder, err);
    // Ranges came since: a holder that nothing runs in makes room for a better one.
    if (plan.full && id_map_is_single(pid) && !holder_in_use(run)) {
        syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
        return holder_make(run, &plan, holder, err);
    }
    return holder_join(pidfd, &plan, holder, err);
}
