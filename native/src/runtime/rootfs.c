// The rootfs: mounting it (overlay or a directory) and making it the root of this mount namespace.
#include "rootfs.h"

#include "common/cleanup.h"
#include "mountapi.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

// fsconfig takes strings of at most 255 bytes, mount(2) one page for everything: a long path goes by a descriptor.
enum { FSCONFIG_STRING_MAX = 255, MOUNT_DATA_MAX = 4095, MAX_LAYERS = 500 };

struct layers {
    int fds[MAX_LAYERS];
    size_t count;
};

static void cleanup_layers(struct layers *layers) {
    for (size_t i = 0; i < layers->count; i++) close(layers->fds[i]);
}

static bool is_path_option(const char *key) {
    return strcmp(key, "lowerdir+") == 0 || strcmp(key, "upperdir") == 0 || strcmp(key, "workdir") == 0;
}

// `/proc/self/fd/N` for a path, kept open in `layers`.
static int short_name(const char *path, struct layers *layers, char *name, size_t size, struct error *err) {
    if (layers->count == MAX_LAYERS) return error_set(err, E2BIG, "mount rootfs", path, "more than %d layers", MAX_LAYERS);
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return error_errno(err, "mount rootfs", path);
    layers->fds[layers->count++] = fd;
    snprintf(name, size, "/proc/self/fd/%d", fd);
    return 0;
}

static int overlay_new(const struct plan_mount *overlay, uint64_t attributes, struct layers *layers, struct error *err) {
    struct plan_option options[MAX_LAYERS];
    char names[MAX_LAYERS][32];
    if (overlay->option_count > MAX_LAYERS) return error_set(err, E2BIG, "mount rootfs", NULL, "more than %d options", MAX_LAYERS);
    for (size_t i = 0; i < overlay->option_count; i++) {
        options[i] = overlay->options[i];
        if (options[i].value == NULL || !is_path_option(options[i].key)) continue;
        if (strlen(options[i].value) <= FSCONFIG_STRING_MAX) continue;
        if (short_name(options[i].value, layers, names[i], sizeof names[i], err) < 0) return -1;
        options[i].value = names[i];
    }
    return mountapi_new("overlay", options, overlay->option_count, attributes, "rootfs", err);
}

static bool append(char *data, size_t *used, const char *text) {
    size_t length = strlen(text);
    if (*used + length > MOUNT_DATA_MAX) return false;
    memcpy(data + *used, text, length + 1);
    *used += length;
    return true;
}

// `lowerdir=a:b,upperdir=c,…` of short names, which need no escaping.
static int legacy_data(const struct plan_mount *overlay, struct layers *layers, char *data, struct error *err) {
    size_t used = 0;
    bool fits = true, lower = false;
    for (size_t i = 0; i < overlay->option_count && fits; i++) {
        const struct plan_option *option = &overlay->options[i];
        if (strcmp(option->key, "lowerdir+") != 0) continue;
        char name[32];
        if (short_name(option->value == NULL ? "" : option->value, layers, name, sizeof name, err) < 0) return -1;
        fits = append(data, &used, lower ? ":" : "lowerdir=") && append(data, &used, name);
        lower = true;
    }
    for (size_t i = 0; i < overlay->option_count && fits; i++) {
        const struct plan_option *option = &overlay->options[i];
        char name[32];
        const char *value = option->value;
        if (strcmp(option->key, "lowerdir+") == 0) continue;
        if (value != NULL && is_path_option(option->key)) {
            if (short_name(value, layers, name, sizeof name, err) < 0) return -1;
            value = name;
        }
        fits = (used == 0 || append(data, &used, ",")) && append(data, &used, option->key);
        if (fits && value != NULL) fits = append(data, &used, "=") && append(data, &used, value);
    }
    return fits ? 0 : error_set(err, E2BIG, "mount rootfs", NULL, "too many layers for this kernel");
}

static unsigned long legacy_flags(uint64_t attributes) {
    unsigned long flags = 0;
    if ((attributes & MOUNT_ATTR_RDONLY) != 0) flags |= MS_RDONLY;
    if ((attributes & MOUNT_ATTR_NOSUID) != 0) flags |= MS_NOSUID;
    if ((attributes & MOUNT_ATTR_NODEV) != 0) flags |= MS_NODEV;
    if ((attributes & MOUNT_ATTR_NOEXEC) != 0) flags |= MS_NOEXEC;
    return flags;
}

// Before Linux 6.5 overlay knows no `lowerdir+`: one mount(2). The first error stays when this fails too.
static int overlay_legacy(const struct plan *plan, uint64_t attributes, struct layers *layers, struct error *err) {
    char data[MOUNT_DATA_MAX + 1] = "";
    struct error second;
    if (legacy_data(plan->root_overlay, layers, data, &second) < 0) return -1;
    if (mount("overlay", plan->root_path, "overlay", legacy_flags(attributes), data) < 0) return -1;
    int fd = open(plan->root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? error_errno(err, "mount rootfs", plan->root_path) : fd;
}

static int attach_on_path(int mount, const char *path, struct error *err) {
    CLEAN_FD int target = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (target < 0) return error_errno(err, "open rootfs", path);
    return mountapi_attach(mount, target, path, err);
}

// The mount that `path` lies on: what is mounted there must not appear at the caller's, and pivot_root wants it so.
static int make_holder_private(const char *path, struct error *err) {
    char place[PATH_MAX];
    if (strlen(path) >= sizeof place) return error_set(err, ENAMETOOLONG, "set propagation", path, "path too long");
    if (realpath(path, place) == NULL) return error_errno(err, "open rootfs", path);
    for (size_t length = strlen(place);; place[length] = '\0') {
        if (mount(NULL, length == 0 ? "/" : place, NULL, MS_PRIVATE, NULL) == 0) return 0;
        if (errno != EINVAL || length == 0) return error_errno(err, "set propagation", path); // EINVAL: not where a mount begins
        while (length > 0 && place[--length] != '/') continue;
    }
}

int rootfs_mount(const struct plan *plan, struct error *err) {
    struct layers layers __attribute__((cleanup(cleanup_layers))) = {.count = 0};
    CLEAN_FD int rootfs = -1;
    if (plan->root_propagation == MS_SHARED && make_holder_private(plan->root_path, err) < 0) return -1;
    if (plan->root_overlay == NULL) {
        rootfs = mountapi_clone(AT_FDCWD, plan->root_path, true, err);
        if (rootfs < 0 || mountapi_set(rootfs, true, plan_nodev(plan), 0, MS_PRIVATE, plan->root_path, err) < 0) return -1;
    } else {
        uint64_t attributes = plan->root_overlay->set | plan_nodev(plan);
        rootfs = overlay_new(plan->root_overlay, attributes, &layers, err);
        if (rootfs < 0 && err->errnum == EINVAL) return overlay_legacy(plan, attributes, &layers, err);
    }
    if (rootfs < 0 || attach_on_path(rootfs, plan->root_path, err) < 0) return -1;
    return take_fd(&rootfs);
}

unsigned long rootfs_propagation_of(const struct plan *plan) {
    uint64_t how = plan->root_propagation;
    return how == MS_SHARED ? MS_SHARED : how == MS_PRIVATE || how == MS_UNBINDABLE ? MS_PRIVATE : MS_SLAVE;
}

int rootfs_propagation(const struct plan *plan, struct error *err) {
    return mount(NULL, "/", NULL, MS_REC | rootfs_propagation_of(plan), NULL) < 0 ? error_errno(err, "set propagation", "/") : 0;
}

int rootfs_pivot(const struct plan *plan, int rootfs, struct error *err) {
    CLEAN_FD int old = plan->root_propagation == MS_SHARED ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (old < 0 && plan->root_propagation == MS_SHARED) return error_errno(err, "open", "/");
    if (fchdir(rootfs) < 0) return error_errno(err, "chdir rootfs", NULL);
    // Old and new root in one place: the old one lies on top and is taken away.
    if (syscall(SYS_pivot_root, ".", ".") < 0) return error_errno(err, "pivot_root", NULL);
    // Taking the old root away must not take it from the caller.
    if (old >= 0 && mountapi_set(old, true, 0, 0, MS_SLAVE, "old root", err) < 0) return -1;
    if (umount2(".", MNT_DETACH) < 0) return error_errno(err, "detach old root", NULL);
    return chdir("/") < 0 ? error_errno(err, "chdir", "/") : 0;
}

int rootfs_move(const struct plan *plan, int rootfs, struct error *err) {
    if (plan->root_propagation == MS_SHARED)
        return error_set(err, EINVAL, "move root", plan->root_path, "--no-pivot and a shared rootfsPropagation exclude each other");
    if (fchdir(rootfs) < 0) return error_errno(err, "chdir rootfs", NULL);
    // What hides below must not show the machine to one who gets there.
    (void)umount2("/sys", MNT_DETACH);
    (void)umount2("/proc", MNT_DETACH);
    if (mount(".", "/", NULL, MS_MOVE, NULL) < 0) return error_errno(err, "move root", plan->root_path);
    if (chroot(".") < 0) return error_errno(err, "chroot", plan->root_path);
    return chdir("/") < 0 ? error_errno(err, "chdir", "/") : 0;
}

int rootfs_finish(const struct plan *plan, struct error *err) {
    uint64_t set = plan->root_readonly ? MOUNT_ATTR_RDONLY : 0;
    if (set == 0 && plan->root_propagation == 0) return 0;
    CLEAN_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return error_errno(err, "open", "/");
    return mountapi_set(root, false, set, 0, plan->root_propagation, "/", err);
}
