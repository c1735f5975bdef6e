// Owner, mode, extended attributes and times, from one file to its copy. Knows no tree.
//
// Order matters: chown clears set-id bits and file capabilities, any of them changes nothing of the time but the last.
#include "layer/copy_attributes.h"

#include "common/cleanup.h"
#include "common/xattrs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

static bool is_overlays(const char *name) {
    return strncmp(name, "user.overlay.", 13) == 0;
}

// Gone since, or not for us to read.
static bool is_unreadable(int errnum) {
    return errnum == ENODATA || errnum == ENOTSUP || errnum == EACCES || errnum == EPERM;
}

static int copy_xattr(const struct node *node, const char *path, const char *name, char *value) {
    if (!is_overlays(name) && !xattrs_allowed(name)) return 0;
    long size = node_xattr(node, name, value, XATTR_SIZE_MAX);
    if (size < 0) return is_unreadable(errno) ? 0 : -1;
    if (lsetxattr(path, name, value, (size_t)size, 0) == 0) return 0;
    // Without its own the copy would mean something else to overlayfs.
    return !is_overlays(name) && xattrs_excused(name, errno) ? 0 : -1;
}

static int copy_xattrs(const struct node *node, const char *path) {
    char none[1];
    long size = node_xattrs(node, none, 0);
    if (size <= 0) return size == 0 || errno == ENOTSUP ? 0 : -1;
    CLEAN_FREE char *names = malloc(XATTR_LIST_MAX), *value = malloc(XATTR_SIZE_MAX);
    if (names == NULL || value == NULL) return -1;
    size = node_xattrs(node, names, XATTR_LIST_MAX);
    if (size < 0) return -1;
    for (const char *name = names; name < names + size; name += strlen(name) + 1)
        if (copy_xattr(node, path, name, value) < 0) return -1;
    return 0;
}

int copy_attributes(const struct node *node, int parent, const char *name) {
    const struct stat *st = &node->st;
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", parent, name);
    if (fchownat(parent, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    if (!S_ISLNK(st->st_mode) && fchmodat(parent, name, st->st_mode & 07777, 0) < 0) return -1;
    if (copy_xattrs(node, path) < 0) return -1;
    return utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW);
}
