// Removing whatever has a name. Knows no module.
#include "common/remove.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <string.h>

// Depth is bounded by the limit of descriptors.
static int remove_content(int parent, const char *name) {
    CLEAN_FD int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEAN_DIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) return -1;
    int inside = take_fd(&fd);
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) return errno == 0 ? 0 : -1;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (remove_any(inside, entry->d_name) < 0) return -1;
    }
}

int remove_any(int parent, const char *name) {
    if (unlinkat(parent, name, 0) == 0) return 0;
    if (errno != EISDIR) return -1;
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0) return 0;
    if (errno != ENOTEMPTY && errno != EEXIST) return -1;
    return remove_content(parent, name) < 0 ? -1 : unlinkat(parent, name, AT_REMOVEDIR);
}
