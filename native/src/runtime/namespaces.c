// Namespaces: which to make, which to join, and what a new one needs at its start.
#include "namespaces.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { TIME_FLAG = 0x80 }; // CLONE_NEWTIME

static const struct {
    const char *name;
    int flag;
} kinds[NS_COUNT] = {
    [NS_MOUNT] = {"mnt", CLONE_NEWNS},  [NS_PID] = {"pid", CLONE_NEWPID},          [NS_NET] = {"net", CLONE_NEWNET},
    [NS_IPC] = {"ipc", CLONE_NEWIPC},   [NS_UTS] = {"uts", CLONE_NEWUTS},          [NS_CGROUP] = {"cgroup", CLONE_NEWCGROUP},
    [NS_USER] = {"user", CLONE_NEWUSER}, [NS_TIME] = {"time", TIME_FLAG},
};

void namespaces_close(struct namespaces *namespaces) {
    for (int kind = 0; kind < NS_COUNT; kind++)
        if (namespaces->fds[kind] >= 0) close(namespaces->fds[kind]);
}

uint64_t namespaces_new(const struct plan *plan) {
    uint64_t flags = 0;
    for (int kind = 0; kind < NS_COUNT; kind++)
        if (kind != NS_TIME && plan->namespaces[kind].wanted && plan->namespaces[kind].path == NULL) flags |= (uint64_t)kinds[kind].flag;
    return flags;
}

int namespaces_open(const struct plan *plan, struct namespaces *out, struct error *err) {
    for (int kind = 0; kind < NS_COUNT; kind++) out->fds[kind] = -1;
    for (int kind = 0; plan != NULL && kind < NS_COUNT; kind++) {
        const char *path = plan->namespaces[kind].path;
        struct statfs fs;
        if (path == NULL) continue;
        // O_NONBLOCK: whatever lies there must not make us wait; O_NOFOLLOW would refuse /proc/PID/ns.
        out->fds[kind] = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (out->fds[kind] < 0 || fstatfs(out->fds[kind], &fs) < 0) return error_errno(err, "open namespace", path);
        if (fs.f_type != NSFS_MAGIC) return error_set(err, EINVAL, "open namespace", path, "not a namespace");
    }
    return 0;
}

int namespaces_children_into(int fd, struct error *err) {
    return setns(fd, CLONE_NEWPID) < 0 ? error_errno(err, "join namespace", "pid") : 0;
}

int namespaces_join(const struct namespaces *namespaces, struct error *err) {
    for (int kind = 0; kind < NS_COUNT; kind++) {
        if (kind == NS_PID || namespaces->fds[kind] < 0) continue;
        if (setns(namespaces->fds[kind], kinds[kind].flag) < 0) return error_errno(err, "join namespace", kinds[kind].name);
    }
    return 0;
}

static bool same_namespace(pid_t pid, const char *name) {
    char own[64], other[64];
    struct stat a, b;
    snprintf(own, sizeof own, "/proc/self/ns/%s", name);
    snprintf(other, sizeof other, "/proc/%d/ns/%s", (int)pid, name);
    return stat(own, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Those of this process's own user namespace can be joined only before another one is entered, the others only after.
int namespaces_join_all(struct namespaces *namespaces, struct error *err) {
    for (int round = 0; round < 2; round++) {
        for (int kind = 0; kind < NS_COUNT; kind++) {
            if (kind == NS_USER || kind == NS_TIME || namespaces->fds[kind] < 0) continue;
            if (setns(namespaces->fds[kind], kinds[kind].flag) == 0) close_fd(&namespaces->fds[kind]);
            else if (errno != EPERM || round == 1) return error_errno(err, "join namespace", kinds[kind].name);
        }
        if (round > 0 || namespaces->fds[NS_USER] < 0) continue;
        if (setns(namespaces->fds[NS_USER], CLONE_NEWUSER) < 0) return error_errno(err, "join namespace", "user");
        close_fd(&namespaces->fds[NS_USER]);
    }
    return 0;
}

static int write_offsets(const struct plan *plan, struct error *err) {
    static const char path[] = "/proc/self/timens_offsets";
    const struct plan_time_offset *offsets[] = {&plan->monotonic_offset, &plan->boottime_offset};
    for (int i = 0; i < 2; i++) {
        char text[64];
        if (!offsets[i]->wanted) continue;
        CLEAN_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
        int length = snprintf(text, sizeof text, "%s %lld %u\n", i == 0 ? "monotonic" : "boottime", (long long)offsets[i]->seconds,
                              offsets[i]->nanoseconds);
        if (fd < 0 || io_write_full(fd, text, (size_t)length) < 0) return error_errno(err, "set time offset", i == 0 ? "monotonic" : "boottime");
    }
    return 0;
}

int namespaces_time(const struct plan *plan, bool entering, struct error *err) {
    if (entering || !plan->namespaces[NS_TIME].wanted || plan->namespaces[NS_TIME].path != NULL) return 0;
    // Offsets can be set only while nobody is inside: it is made for children, and then this process moves in.
    if (unshare(TIME_FLAG) < 0) return error_errno(err, "make namespaces", "time");
    if (write_offsets(plan, err) < 0) return -1;
    CLEAN_FD int fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
    return fd < 0 || setns(fd, TIME_FLAG) < 0 ? error_errno(err, "join namespace", "time") : 0;
}

int namespaces_join_process(int pidfd, pid_t pid, bool with_time, struct error *err) {
    int flags = 0;
    for (int kind = 0; kind < NS_COUNT; kind++)
        if (kind != NS_PID && (kind != NS_TIME || with_time) && !same_namespace(pid, kinds[kind].name)) flags |= kinds[kind].flag;
    return flags != 0 && setns(pidfd, flags) < 0 ? error_errno(err, "join namespaces", "of the container") : 0;
}

static int loopback_up(struct error *err) {
    CLEAN_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); // any socket takes interface requests
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0) return error_errno(err, "bring up", "lo");
    return 0;
}

static int write_sysctl(int proc_sys, const struct plan_sysctl *sysctl, struct error *err) {
    CLEAN_FD int fd = openat(proc_sys, sysctl->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || io_write_full(fd, sysctl->value, strlen(sysctl->value)) < 0) return error_errno(err, "set sysctl", sysctl->path);
    return 0;
}

static int write_sysctls(const struct plan *plan, struct error *err) {
    struct statfs fs;
    if (plan->sysctl_count == 0) return 0;
    CLEAN_FD int proc_sys = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (proc_sys < 0 || fstatfs(proc_sys, &fs) < 0) return error_errno(err, "open", "/proc/sys");
    if (fs.f_type != PROC_SUPER_MAGIC) return error_set(err, EINVAL, "open", "/proc/sys", "not a proc file system");
    for (size_t i = 0; i < plan->sysctl_count; i++)
        if (write_sysctl(proc_sys, &plan->sysctls[i], err) < 0) return -1;
    return 0;
}

int namespaces_prepare(const struct plan *plan, struct error *err) {
    bool own_net = plan->namespaces[NS_NET].wanted && plan->namespaces[NS_NET].path == NULL;
    if (own_net && loopback_up(err) < 0) return -1;
    if (plan->hostname != NULL && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
        return error_errno(err, "set host name", plan->hostname);
    if (plan->domainname != NULL && setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
        return error_errno(err, "set domain name", plan->domainname);
    return write_sysctls(plan, err);
}
