// The mounts of config.json, put into the rootfs one after the other. Knows no /dev content and no masks.
#include "mounts.h"

#include "common/cleanup.h"
#include "copyup.h"
#include "idmap.h"
#include "inroot.h"
#include "mountapi.h"
#include "sources.h"
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/sysmacros.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

// File systems that later steps rely on: a link of the image must not choose where they go.
static bool refuses_links(const struct plan_mount *mount) {
    switch (mount->kind) {
    case PLAN_MOUNT_PROC:
    case PLAN_MOUNT_SYSFS:
    case PLAN_MOUNT_CGROUP:
    case PLAN_MOUNT_DEVPTS:
    case PLAN_MOUNT_MQUEUE: return true;
    case PLAN_MOUNT_FS:
    case PLAN_MOUNT_BIND:
    case PLAN_MOUNT_TMPFS: break;
    }
    return strcmp(mount->destination, "/dev") == 0 || strncmp(mount->destination, "/dev/", 5) == 0 ||
           strncmp(mount->destination, "/proc/", 6) == 0 || strncmp(mount->destination, "/sys/", 5) == 0;
}

static int bind_new(const struct plan *plan, const struct plan_mount *mount, bool *is_directory, struct error *err) {
    CLEAN_FD int tree = mount->tree >= 0 ? fcntl(mount->tree, F_DUPFD_CLOEXEC, 0) : sources_clone(plan, mount, err);
    struct stat st;
    if (tree < 0 && mount->tree >= 0) return error_errno(err, "bind", mount->source);
    if (tree < 0) return -1;
    if (fstat(tree, &st) < 0) return error_errno(err, "bind", mount->source);
    *is_directory = S_ISDIR(st.st_mode);
    return take_fd(&tree);
}

// A copy of the host's own, where a fresh one is refused: /sys without an own network namespace, /proc without an own pid
// namespace.
static int host_copy(const char *path, const struct plan_mount *mount, struct error *err) {
    CLEAN_FD int tree = mountapi_clone(AT_FDCWD, path, true, err);
    if (tree < 0 || mountapi_set(tree, true, mount->set, 0, MS_PRIVATE, mount->destination, err) < 0) return -1;
    return take_fd(&tree);
}

static int fresh(const struct plan_mount *mount, const char *type, struct error *err) {
    return mountapi_new(type, mount->options, mount->option_count, mount->set, mount->destination, err);
}

static int proc_new(const struct plan *plan, const struct plan_mount *mount, struct error *err) {
    int fd = fresh(mount, "proc", err);
    if (fd >= 0 || err->errnum != EPERM) return fd;
    if (!plan->namespaces[NS_PID].wanted) return host_copy("/proc", mount, err);
    return error_set(err, EPERM, "mount", mount->destination,
                     "the kernel refuses a new proc, for parts of the host's own /proc are hidden (a container in a container)");
}

static int sysfs_new(const struct plan_mount *mount, struct error *err) {
    int fd = fresh(mount, "sysfs", err);
    return fd < 0 && err->errnum == EPERM ? host_copy("/sys", mount, err) : fd;
}

static int empty_tmpfs(const struct plan_mount *mount, struct error *err) {
    static const struct plan_option options[] = {{"mode", "0555"}, {"size", "4096"}};
    return mountapi_new("tmpfs", options, 2, mount->set | MOUNT_ATTR_RDONLY, mount->destination, err);
}

// The container's own subtree when a cgroup namespace confines it and the host is unified, else an empty place.
static int cgroup_new(const struct plan *plan, const struct plan_mount *mount, struct error *err) {
    struct statfs fs;
    bool unified = statfs("/sys/fs/cgroup", &fs) == 0 && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
    if (unified && plan->namespaces[NS_CGROUP].wanted) {
        int fd = mountapi_new("cgroup2", NULL, 0, mount->set, mount->destination, err);
        if (fd >= 0 || err->errnum != EPERM) return fd;
    }
    return empty_tmpfs(mount, err);
}

// `gid=N` (mostly tty's 5) is dropped where the id is not mapped: the mount would be refused.
static int devpts_new(const struct plan_mount *mount, struct error *err) {
    struct plan_option options[16];
    size_t count = 0;
    for (size_t i = 0; i < mount->option_count && count < 16; i++) {
        const struct plan_option *option = &mount->options[i];
        if (strcmp(option->key, "gid") == 0 && !idmap_has_gid(option->value)) continue;
        options[count++] = *option;
    }
    return mountapi_new("devpts", options, count, mount->set, mount->destination, err);
}

static int make(const struct plan *plan, const struct plan_mount *mount, bool *is_directory, struct error *err) {
    switch (mount->kind) {
    case PLAN_MOUNT_BIND: return bind_new(plan, mount, is_directory, err);
    case PLAN_MOUNT_PROC: return proc_new(plan, mount, err);
    case PLAN_MOUNT_SYSFS: return sysfs_new(mount, err);
    case PLAN_MOUNT_CGROUP: return cgroup_new(plan, mount, err);
    case PLAN_MOUNT_DEVPTS: return devpts_new(mount, err);
    case PLAN_MOUNT_MQUEUE:
    case PLAN_MOUNT_TMPFS:
    case PLAN_MOUNT_FS: break;
    }
    return fresh(mount, mount->type, err);
}

// The devices that every container has: mknod(1)'s null, zero, full, random, urandom and tty. Binding one is how people mask a file.
static bool is_plain_device(int fd) {
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode)) return false;
    unsigned int number = minor(st.st_rdev);
    if (major(st.st_rdev) == 5) return number == 0;
    return major(st.st_rdev) == 1 && (number == 3 || number == 5 || (number >= 7 && number <= 9));
}

// What a bind inherits from its source is changed here; a fresh mount has its own attributes from the start.
static int adjust(const struct plan *plan, const struct plan_mount *mount, int fd, struct error *err) {
    const char *what = mount->destination;
    bool asked = ((mount->clear | mount->recursive_clear) & MOUNT_ATTR_NODEV) != 0; // `dev`, by whoever wrote the config
    // Whoever binds the machine's nodes wants them; where a controller is in force it says which of them open.
    bool bound = mount->kind == PLAN_MOUNT_BIND && (plan->device_controller || is_plain_device(fd));
    bool harmless = mount->kind == PLAN_MOUNT_DEVPTS || bound;
    uint64_t nodev = asked || harmless ? 0 : plan_nodev(plan);
    if (mount->kind == PLAN_MOUNT_BIND) {
        // A slave or a sharer stays what the copy made it; what else is asked for is set where it is mounted.
        uint64_t apart = mount->propagation == MS_SLAVE || mount->propagation == MS_SHARED ? 0 : MS_PRIVATE;
        if (mountapi_set(fd, true, 0, 0, apart, what, err) < 0) return -1;
        if (mountapi_set(fd, false, mount->set, mount->clear, 0, what, err) < 0) return -1;
    }
    return mountapi_set(fd, true, mount->recursive_set | nodev, mount->recursive_clear, 0, what, err);
}

// Nothing may cover what the kernel tells in /proc (CVE-2019-19921) but the files that show resources.
static int check_target(const struct plan_mount *mount, int target, struct error *err) {
    static const char *const allowed[] = {"/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo",
                                          "/proc/slabinfo", "/proc/stat", "/proc/swaps", "/proc/uptime"};
    struct statfs fs;
    if (fstatfs(target, &fs) < 0) return error_errno(err, "mount", mount->destination);
    if ((unsigned long)fs.f_type != PROC_SUPER_MAGIC) return 0;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (strcmp(mount->destination, allowed[i]) == 0) return 0;
    return error_set(err, EPERM, "mount", mount->destination, "refused: inside of /proc");
}

static bool has_option(const struct plan_mount *mount, const char *key) {
    for (size_t i = 0; i < mount->option_count; i++)
        if (strcmp(mount->options[i].key, key) == 0) return true;
    return false;
}

// Before it is attached: what lies at the target is still to be seen. A read-only one becomes so afterwards.
static int fill(int fd, int target, const struct plan_mount *mount, struct error *err) {
    struct stat st;
    CLEAN_FD int from = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEAN_FD int to = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || to < 0 || fstat(from, &st) < 0) return error_errno(err, "copy up", mount->destination);
    bool readonly = (mount->set & MOUNT_ATTR_RDONLY) != 0;
    if (readonly && mountapi_set(fd, false, 0, MOUNT_ATTR_RDONLY, 0, mount->destination, err) < 0) return -1;
    if (copyup(from, to, mount->destination, err) < 0) return -1;
    if (!has_option(mount, "mode") && fchmod(to, st.st_mode & 07777) < 0) return error_errno(err, "copy up", mount->destination);
    return readonly ? mountapi_set(fd, false, MOUNT_ATTR_RDONLY, 0, 0, mount->destination, err) : 0;
}

// Before anything is made at the place: what the image has there is what an empty volume begins with.
static int fill_volume(const struct plan *plan, const struct plan_mount *mount, int rootfs, struct error *err) {
    struct stat own, lying;
    if (mount->copy_up != PLAN_COPY_FIRST && mount->copy_up != PLAN_COPY_REST) return 0;
    CLEAN_FD int from = mount->copy_up == PLAN_COPY_REST ? -1 : inroot_open(rootfs, mount->destination, O_RDONLY | O_DIRECTORY, 0);
    if (from >= 0 && (fstat(from, &lying) < 0 || fstat(rootfs, &own) < 0)) return error_errno(err, "copy up", mount->destination);
    // A link of the image may lead to another mount: what is in there is not the image's to give.
    if (from >= 0 && lying.st_dev != own.st_dev) close_fd(&from);
    return volume_fill(plan->bundle, mount->source, from, mount->destination, err);
}

static int apply_one(const struct plan *plan, const struct plan_mount *mount, int rootfs, struct error *err) {
    bool is_directory = true;
    if (fill_volume(plan, mount, rootfs, err) < 0) return -1;
    CLEAN_FD int fd = make(plan, mount, &is_directory, err);
    if (fd < 0 || adjust(plan, mount, fd, err) < 0) return -1;
    CLEAN_FD int target = is_directory ? inroot_directory(rootfs, mount->destination, refuses_links(mount), err)
                                       : inroot_file(rootfs, mount->destination, err);
    if (target < 0 || check_target(mount, target, err) < 0) return -1;
    if (mount->copy_up == PLAN_COPY_TMPFS && fill(fd, target, mount, err) < 0) return -1;
    if (mountapi_attach(fd, target, mount->destination, err) < 0) return -1;
    return mountapi_set(fd, mount->propagation_recursive, 0, 0, mount->propagation, mount->destination, err);
}

int mounts_apply(const struct plan *plan, int rootfs, struct error *err) {
    for (size_t i = 0; i < plan->mount_count; i++)
        if (apply_one(plan, &plan->mounts[i], rootfs, err) < 0) return -1;
    return 0;
}
