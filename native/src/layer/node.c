// One file of a tree that others may be changing. Knows no archive.
//
// An O_PATH descriptor opens no device and waits for no FIFO; what it shows is then opened again through it, so that between
// looking and opening nobody can put something else in its place.
#include "layer/node.h"

#include "layer/whiteout.h"
#include "common/cleanup.h"

#include <fcntl.h>
#include <sys/xattr.h>

struct fd_path {
    char text[32];
};

static struct fd_path fd_path(const struct node *node) {
    struct fd_path path;
    snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", node->fd);
    return path;
}

int node_open(struct node *node, int parent, const char *name, bool marks) {
    node_close(node);
    node->fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (node->fd < 0) return errno == ENOENT ? 0 : -1;
    if (fstat(node->fd, &node->st) < 0) return -1;
    node->whiteout = whiteout_is_device(&node->st) ||
                     (marks && S_ISREG(node->st.st_mode) && node->st.st_size == 0 && node_xattr(node, WHITEOUT_XATTR, NULL, 0) >= 0);
    return 1;
}

int node_read(const struct node *node, int flags) {
    return open(fd_path(node).text, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | flags);
}

long node_xattr(const struct node *node, const char *name, void *value, size_t size) {
    return getxattr(fd_path(node).text, name, value, size);
}

long node_xattrs(const struct node *node, char *list, size_t size) {
    return listxattr(fd_path(node).text, list, size);
}

void node_close(struct node *node) {
    close_fd(&node->fd);
}
