// Paths of the container, resolved so that nothing in the image can lead out of it.
#include "inroot.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int inroot_open(int root, const char *path, uint64_t flags, uint64_t resolve) {
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
    };
    while (*path == '/') path++;
    int fd = -1;
    // EAGAIN: the kernel saw a rename somewhere and could not vouch for a ".."; openat2(2) says to ask again.
    for (int tries = 0; tries < 64; tries++) {
        fd = (int)syscall(SYS_openat2, root, *path == '\0' ? "." : path, &how, sizeof how);
        if (fd >= 0 || errno != EAGAIN) break;
    }
    return fd;
}

static int link_error(const char *path, struct error *err) {
    return error_set(err, ELOOP, "mount", path, "refused: a symbolic link of the image is in the way");
}

// Makes what is missing of `path` below `at`, one name at a time and never through a link. "..": refused.
static int make_below(int at, const char *path, const char *whole, struct error *err) {
    char name[NAME_MAX + 1];
    CLEAN_FD int current = at;
    for (;;) {
        path += strspn(path, "/");
        size_t length = strcspn(path, "/");
        if (length == 0) return take_fd(&current);
        if (length > NAME_MAX) return error_set(err, ENAMETOOLONG, "mkdir", whole, "name too long");
        memcpy(name, path, length);
        name[length] = '\0';
        path += length;
        if (strcmp(name, ".") == 0) continue;
        if (strcmp(name, "..") == 0) return error_set(err, EINVAL, "mkdir", whole, "refused: '..' in it");
        if (mkdirat(current, name, 0755) < 0 && errno != EEXIST) return error_errno(err, "mkdir", whole);
        int next = openat(current, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0 && (errno == ELOOP || errno == ENOTDIR)) return link_error(whole, err);
        if (next < 0) return error_errno(err, "mkdir", whole);
        close_fd(&current);
        current = next;
    }
}

// The longest existing directory on the way to `path`; `*rest` is what is missing.
static int open_existing(int root, const char *path, uint64_t resolve, const char **rest) {
    char prefix[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof prefix) return errno = ENAMETOOLONG, -1;
    memcpy(prefix, path, length + 1);
    for (;;) {
        int fd = inroot_open(root, prefix, O_PATH | O_DIRECTORY, resolve);
        if (fd >= 0 || errno != ENOENT || length == 0) {
            *rest = path + length;
            return fd;
        }
        while (length > 0 && prefix[length - 1] == '/') length--;
        while (length > 0 && prefix[length - 1] != '/') length--;
        prefix[length] = '\0';
    }
}

int inroot_directory(int root, const char *path, bool refuse_links, struct error *err) {
    const char *rest = "";
    int fd = open_existing(root, path, refuse_links ? RESOLVE_NO_SYMLINKS : 0, &rest);
    if (fd < 0 && errno == ELOOP && refuse_links) return link_error(path, err);
    if (fd < 0) return error_errno(err, "open mount point", path);
    return *rest == '\0' ? fd : make_below(fd, rest, path, err);
}

int inroot_parent(int root, const char *path, const char **name, struct error *err) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    *name = slash == NULL ? path : slash + 1;
    size_t length = (size_t)(*name - path);
    if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
        return error_set(err, EINVAL, "open mount point", path, "not the name of a file");
    if (length >= sizeof parent) return error_set(err, ENAMETOOLONG, "open mount point", path, "path too long");
    memcpy(parent, path, length);
    parent[length] = '\0';
    return inroot_directory(root, parent, false, err);
}

int inroot_file(int root, const char *path, struct error *err) {
    struct stat st;
    CLEAN_FD int fd = inroot_open(root, path, O_PATH, 0);
    if (fd < 0 && errno == ENOENT) {
        const char *name;
        CLEAN_FD int parent = inroot_parent(root, path, &name, err);
        if (parent < 0) return -1;
        CLEAN_FD int made = openat(parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (made < 0) return errno == EEXIST ? link_error(path, err) : error_errno(err, "create mount point", path);
        fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    }
    if (fd < 0 || fstat(fd, &st) < 0) return error_errno(err, "open mount point", path);
    if (S_ISDIR(st.st_mode)) return error_set(err, EISDIR, "open mount point", path, "a directory, but the source is a file");
    return take_fd(&fd);
}
