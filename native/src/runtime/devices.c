// /dev of a container: device nodes (bound from the host; made only for a container that may mount), links, the console.
#include "devices.h"

#include "common/cleanup.h"
#include "inroot.h"
#include "mountapi.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const struct plan_device defaults[] = {
    {"/dev/null", S_IFCHR | 0666, 1, 3, 0, 0},   {"/dev/zero", S_IFCHR | 0666, 1, 5, 0, 0},
    {"/dev/full", S_IFCHR | 0666, 1, 7, 0, 0},   {"/dev/random", S_IFCHR | 0666, 1, 8, 0, 0},
    {"/dev/urandom", S_IFCHR | 0666, 1, 9, 0, 0}, {"/dev/tty", S_IFCHR | 0666, 5, 0, 0, 0},
};

static bool is_device(const struct stat *st, const struct plan_device *device) {
    return (st->st_mode & S_IFMT) == (device->mode & S_IFMT) && st->st_rdev == makedev(device->major, device->minor);
}

static int make_own(const struct plan_device *device, int place, struct error *err) {
    CLEAN_FD int dir = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 || mknodat(dir, "node", device->mode, makedev(device->major, device->minor)) < 0) return -1;
    if (fchownat(dir, "node", device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    return mountapi_clone(dir, "node", false, err);
}

// A node made for the purpose in a file system of its own, so that the container's /dev can stay `nodev`. Only root of the
// machine may; -1 for everybody else. The kernel copies only what is attached somewhere: on the bundle, for a moment.
static int own_node(const struct plan *plan, const struct plan_device *device) {
    static const struct plan_option options[] = {{"mode", "0700"}, {"size", "4096"}};
    struct error ignored;
    char name[32];
    CLEAN_FD int place = mountapi_new("tmpfs", options, 2, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, device->path, &ignored);
    CLEAN_FD int bundle = open(plan->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place < 0 || bundle < 0 || mountapi_attach(place, bundle, plan->bundle, &ignored) < 0) return -1;
    int tree = make_own(device, place, &ignored);
    snprintf(name, sizeof name, "/proc/self/fd/%d", place);
    if (umount2(name, MNT_DETACH) == 0) return tree;
    if (tree >= 0) close(tree);
    return -1;
}

// The node for a device as a tree to attach: the host's at the same path, else where udev lists it by number, else an own one.
static int device_tree(const struct plan *plan, const struct plan_device *device, struct error *err) {
    char by_number[64];
    snprintf(by_number, sizeof by_number, "/dev/%s/%u:%u", S_ISBLK(device->mode) ? "block" : "char", device->major, device->minor);
    const char *const places[] = {device->path, by_number};
    for (int i = 0; i < 2; i++) {
        struct stat st;
        CLEAN_FD int fd = open(places[i], O_PATH | O_CLOEXEC);
        if (fd >= 0 && fstat(fd, &st) == 0 && is_device(&st, device)) return mountapi_clone(fd, "", false, err);
    }
    int made = own_node(plan, device);
    if (made >= 0) return made;
    return error_set(err, ENODEV, "device", device->path, "the host has no node %u:%u to bind", device->major, device->minor);
}

static int bind_node(const struct plan *plan, const struct plan_device *device, int parent, const char *name, struct error *err) {
    CLEAN_FD int tree = device_tree(plan, device, err);
    if (tree < 0) return -1;
    CLEAN_FD int made = openat(parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (made < 0) return error_errno(err, "device", device->path);
    CLEAN_FD int target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0) return error_errno(err, "device", device->path);
    return mountapi_attach(tree, target, device->path, err);
}

static int make_node(const struct plan *plan, const struct plan_device *device, int parent, const char *name,
                     struct error *err) {
    struct stat st;
    bool bound = plan_nodev(plan) != 0 && !S_ISFIFO(device->mode);
    if (bound && fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return bind_node(plan, device, parent, name, err);
    if (!bound && mknodat(parent, name, device->mode, makedev(device->major, device->minor)) == 0) {
        if (device->uid == 0 && device->gid == 0) return 0;
        if (fchownat(parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) == 0) return 0;
        return error_errno(err, "device", device->path);
    }
    if (!bound && errno == EPERM && !S_ISFIFO(device->mode)) return bind_node(plan, device, parent, name, err);
    if (!bound && errno != EEXIST) return error_errno(err, "device", device->path);
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_device(&st, device)) return 0;
    return error_set(err, EEXIST, "device", device->path, "refused: something else has this name");
}

// What make_links and devices_console have for this name is what the container gets: callers list the host's /dev as it is.
static bool is_own_name(const struct plan_device *device) {
    static const char *const names[] = {"/dev/ptmx", "/dev/console", "/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(device->path, names[i]) == 0) return true;
    return false;
}

static int make_links(int dev, struct error *err) {
    static const char *const links[][2] = {
        {"/proc/self/fd", "fd"},         {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"},
        {"/proc/self/fd/2", "stderr"}, {"pts/ptmx", "ptmx"},
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (symlinkat(links[i][0], dev, links[i][1]) < 0 && errno != EEXIST) return error_errno(err, "link in /dev", links[i][1]);
    return 0;
}

// A config that mounts no fresh /dev has its own: nothing is made there.
static bool fresh_dev(const struct plan *plan) {
    for (size_t i = 0; i < plan->mount_count; i++)
        if (strcmp(plan->mounts[i].destination, "/dev") == 0) return plan->mounts[i].kind != PLAN_MOUNT_BIND;
    return false;
}

int devices_apply(const struct plan *plan, int rootfs, struct error *err) {
    mode_t mask = umask(0);
    int result = 0;
    if (fresh_dev(plan)) {
        CLEAN_FD int dev = inroot_directory(rootfs, "/dev", true, err);
        if (dev < 0) result = -1;
        for (size_t i = 0; result == 0 && i < sizeof defaults / sizeof *defaults; i++)
            result = make_node(plan, &defaults[i], dev, strrchr(defaults[i].path, '/') + 1, err);
        if (result == 0) result = make_links(dev, err);
    }
    for (size_t i = 0; result == 0 && i < plan->device_count; i++) {
        const char *name;
        if (fresh_dev(plan) && is_own_name(&plan->devices[i])) continue;
        CLEAN_FD int parent = inroot_parent(rootfs, plan->devices[i].path, &name, err);
        result = parent < 0 ? -1 : make_node(plan, &plan->devices[i], parent, name, err);
    }
    umask(mask);
    return result;
}

int devices_console(int rootfs, int slave, struct error *err) {
    // The tree of the descriptor itself: no name of the container is followed (CVE-2025-52565).
    CLEAN_FD int tree = mountapi_clone(slave, "", false, err);
    if (tree < 0) return -1;
    CLEAN_FD int dev = inroot_directory(rootfs, "/dev", true, err);
    if (dev < 0) return -1;
    CLEAN_FD int made = openat(dev, "console", O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (made < 0) return error_errno(err, "create", "/dev/console");
    CLEAN_FD int target = openat(dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0) return error_errno(err, "open", "/dev/console");
    return mountapi_attach(tree, target, "/dev/console", err);
}
