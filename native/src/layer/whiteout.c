// Whiteouts: their names in a layer and their form on disk. Knows no archive.
#include "layer/whiteout.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

bool whiteout_is(const char *name) {
    return strncmp(name, WHITEOUT_PREFIX, sizeof WHITEOUT_PREFIX - 1) == 0;
}

bool whiteout_is_device(const struct stat *st) {
    return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

char whiteout_mark(int fd) {
    char path[64], value;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return getxattr(path, WHITEOUT_OPAQUE_XATTR, &value, 1) == 1 && (value == 'y' || value == 'x') ? value : '\0';
}

int whiteout_opaque(int parent, const char *name) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "/proc/self/fd/%d/%s", parent, name);
    if (length < 0 || (size_t)length >= sizeof path) return errno = ENAMETOOLONG, -1;
    return lsetxattr(path, WHITEOUT_OPAQUE_XATTR, "y", 1, 0);
}

int whiteout_make(int parent, const char *name) {
    return mknodat(parent, name, S_IFCHR, makedev(0, 0));
}
