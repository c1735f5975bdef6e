// Which files were met under which name first. Knows no archive.
#include "layer/links.h"

#include <fcntl.h>
#include <stdio.h>

const char *links_first(struct links *links, const struct node *node, const char *path) {
    struct statx birth = {0};
    char file[96];
    size_t index, count = links->files.count;
    if (S_ISDIR(node->st.st_mode) || node->st.st_nlink < 2) return path;
    if (statx(node->fd, "", AT_EMPTY_PATH, STATX_BTIME, &birth) < 0) return NULL;
    snprintf(file, sizeof file, "%lx %lx %llx %x", (unsigned long)node->st.st_dev, (unsigned long)node->st.st_ino, (unsigned long long)birth.stx_btime.tv_sec,
             birth.stx_btime.tv_nsec);
    if (names_add(&links->files, file, &index) < 0) return NULL;
    if (index < count) return names_at(&links->paths, index);
    return names_add(&links->paths, path, &index) < 0 ? NULL : path;
}

void links_free(struct links *links) {
    names_free(&links->files);
    names_free(&links->paths);
}
