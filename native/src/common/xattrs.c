// Extended attributes by descriptors. Knows no names of files.
#include "common/xattrs.h"

#include "common/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/xattr.h>

enum { XATTRS_MAX = 65536 };

bool xattrs_allowed(const char *name) {
    if (strncmp(name, "user.overlay.", 13) == 0 || strncmp(name, "trusted.overlay.", 16) == 0) return false;
    // The other security labels belong to the policy of the machine.
    return strncmp(name, "security.", 9) != 0 || strcmp(name, "security.capability") == 0;
}

bool xattrs_excused(const char *name, int errnum) {
    if (errnum == ENOTSUP || errnum == EPERM) return true; // not on this file system, not on this type of file, not in this namespace
    return strncmp(name, "user.", 5) != 0 && (errnum == EINVAL || errnum == EACCES);
}

int xattrs_copy(int from, int to) {
    CLEAN_FREE char *list = malloc(XATTRS_MAX), *value = malloc(XATTRS_MAX);
    if (list == NULL || value == NULL) return -1;
    ssize_t size = flistxattr(from, list, XATTRS_MAX);
    if (size < 0) return errno == ENOTSUP ? 0 : -1;
    for (const char *name = list; name < list + size; name += strlen(name) + 1) {
        ssize_t length = xattrs_allowed(name) ? fgetxattr(from, name, value, XATTRS_MAX) : -1;
        if (length >= 0 && fsetxattr(to, name, value, (size_t)length, 0) < 0 && !xattrs_excused(name, errno)) return -1;
    }
    return 0;
}
