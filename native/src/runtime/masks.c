// Masked and read-only paths of the container: files are covered with the host's /dev/null, directories with an empty tmpfs.
#include "masks.h"

#include "common/cleanup.h"
#include "inroot.h"
#include "mountapi.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

// /dev/null of the host, believed only as the character device 1:3 (CVE-2025-31133).
static int open_null(struct error *err) {
    struct stat st;
    CLEAN_FD int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0) return error_errno(err, "open", "/dev/null");
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) return error_set(err, ENODEV, "open", "/dev/null", "not the null device");
    return take_fd(&fd);
}

static int empty_directory(struct error *err) {
    static const struct plan_option options[] = {{"mode", "0555"}, {"size", "4096"}};
    return mountapi_new("tmpfs", options, 2, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
                        "masked path", err);
}

// `*empty`: the first empty directory, which is attached already and copied from then on.
static int mask_directory(int target, int *empty, const char *path, struct error *err) {
    if (*empty < 0) {
        *empty = empty_directory(err);
        return *empty < 0 ? -1 : mountapi_attach(*empty, target, path, err);
    }
    CLEAN_FD int copy = mountapi_clone(*empty, "", false, err);
    return copy < 0 ? -1 : mountapi_attach(copy, target, path, err);
}

static int mask_file(int target, int null, const char *path, struct error *err) {
    CLEAN_FD int copy = mountapi_clone(null, "", false, err);
    if (copy < 0 || mountapi_set(copy, false, MOUNT_ATTR_RDONLY, 0, 0, path, err) < 0) return -1;
    return mountapi_attach(copy, target, path, err);
}

static bool missing(int errnum) {
    return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES;
}

static int mask(char **paths, int rootfs, struct error *err) {
    CLEAN_FD int empty = -1;
    CLEAN_FD int null = -1;
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++) {
        struct stat st;
        CLEAN_FD int target = inroot_open(rootfs, paths[i], O_PATH, 0);
        if (target < 0 && missing(errno)) continue;
        if (target < 0 || fstat(target, &st) < 0) return error_errno(err, "mask", paths[i]);
        if (S_ISDIR(st.st_mode)) {
            if (mask_directory(target, &empty, paths[i], err) < 0) return -1;
            continue;
        }
        if (null < 0) null = open_null(err);
        if (null < 0 || mask_file(target, null, paths[i], err) < 0) return -1;
    }
    return 0;
}

static int make_readonly(char **paths, int rootfs, struct error *err) {
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++) {
        CLEAN_FD int target = inroot_open(rootfs, paths[i], O_PATH, 0);
        if (target < 0 && missing(errno)) continue;
        if (target < 0) return error_errno(err, "make read-only", paths[i]);
        CLEAN_FD int copy = mountapi_clone(target, "", true, err);
        if (copy < 0 || mountapi_set(copy, true, MOUNT_ATTR_RDONLY, 0, 0, paths[i], err) < 0) return -1;
        if (mountapi_attach(copy, target, paths[i], err) < 0) return -1;
    }
    return 0;
}

int masks_apply(const struct plan *plan, int rootfs, struct error *err) {
    if (make_readonly(plan->readonly_paths, rootfs, err) < 0) return -1;
    return mask(plan->masked_paths, rootfs, err);
}
