// The new mount API. Knows neither the config nor the rootfs.
#include "mountapi.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

// What the file system said about the last failure ("e overlay: …"), else the text of errno.
static int context_error(int context, int errnum, const char *what, struct error *err) {
    char said[200];
    ssize_t size = context < 0 ? -1 : read(context, said, sizeof said - 1);
    if (size > 2) {
        said[size] = '\0';
        said[strcspn(said, "\n")] = '\0';
        return error_set(err, errnum, "mount", what, "%s: %s", strerrordesc_np(errnum), said + 2);
    }
    errno = errnum;
    return error_errno(err, "mount", what);
}

int mountapi_new(const char *type, const struct plan_option *options, size_t count, uint64_t attributes,
                 const char *what, struct error *err) {
    CLEAN_FD int context = fsopen(type, FSOPEN_CLOEXEC);
    if (context < 0 && errno == ENODEV)
        return error_set(err, ENODEV, "mount", what, "the kernel has no file system %.40s", type);
    if (context < 0) return error_errno(err, "mount", what);
    (void)fsconfig(context, FSCONFIG_SET_STRING, "source", type, 0); // shown in mountinfo; some types have none
    for (size_t i = 0; i < count; i++) {
        enum fsconfig_command command = options[i].value == NULL ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
        if (fsconfig(context, command, options[i].key, options[i].value, 0) < 0)
            return context_error(context, errno, what, err);
    }
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) return context_error(context, errno, what, err);
    int mount = fsmount(context, FSMOUNT_CLOEXEC, (unsigned int)attributes);
    return mount < 0 ? context_error(context, errno, what, err) : mount;
}

int mountapi_clone(int dirfd, const char *path, bool recursive, struct error *err) {
    unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    int mount = open_tree(dirfd, path, flags);
    return mount < 0 ? error_errno(err, "bind", path) : mount;
}

int mountapi_set(int mount, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation, const char *what,
                 struct error *err) {
    struct mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
    if (set == 0 && clear == 0 && propagation == 0) return 0;
    unsigned int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    if (mount_setattr(mount, "", flags, &attributes, sizeof attributes) == 0) return 0;
    return error_errno(err, "set mount options", what);
}

int mountapi_map_ids(int mount, bool recursive, int user_namespace, const char *what, struct error *err) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)user_namespace};
    if (mount_setattr(mount, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attributes, sizeof attributes) == 0) return 0;
    if (errno == EINVAL) return error_set(err, EINVAL, "map ids of mount", what, "its file system can't (%s)", strerrordesc_np(EINVAL));
    return error_errno(err, "map ids of mount", what);
}

int mountapi_attach(int mount, int target, const char *what, struct error *err) {
    if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0) return 0;
    return error_errno(err, "mount", what);
}
