// Whether one name is the same in two directories. Knows no tree.
#include "layer/compare_entry.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

/** One block of both files at a time. */
#define BLOCK (128u << 10)

static const char *compare_status(const struct stat *a, const struct stat *b) {
    bool directory = S_ISDIR(a->st_mode), device = S_ISCHR(a->st_mode) || S_ISBLK(a->st_mode);
    if ((a->st_mode & S_IFMT) != (b->st_mode & S_IFMT)) return "type";
    if (a->st_mode != b->st_mode) return "mode";
    if (a->st_uid != b->st_uid || a->st_gid != b->st_gid) return "owner";
    if (device && a->st_rdev != b->st_rdev) return "device";
    if (directory || (S_ISCHR(a->st_mode) && a->st_rdev == 0)) return NULL; // a whiteout has no time of its own
    if (a->st_nlink != b->st_nlink) return "links";
    if (a->st_size != b->st_size) return "size";
    return a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec ? "time" : NULL;
}

// Bytes read, less than `size` only at the end.
static ssize_t read_block(int fd, char *block, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, block + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static int compare_content(int first, int second, const char *name, const char **what) {
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME | O_CLOEXEC;
    CLEAN_FD int a = openat(first, name, flags);
    CLEAN_FD int b = openat(second, name, flags);
    CLEAN_FREE char *blocks = malloc(2 * BLOCK);
    if (a < 0 || b < 0 || blocks == NULL) return -1;
    for (;;) {
        ssize_t got = read_block(a, blocks, BLOCK);
        if (got < 0) return -1;
        ssize_t other = read_block(b, blocks + BLOCK, BLOCK);
        if (other < 0) return -1;
        if (got != other || memcmp(blocks, blocks + BLOCK, (size_t)got) != 0) {
            *what = "content";
            return 0;
        }
        if (got < (ssize_t)BLOCK) return 0;
    }
}

static int compare_targets(int first, int second, const char *name, const char **what) {
    char a[PATH_MAX], b[PATH_MAX];
    ssize_t size = readlinkat(first, name, a, sizeof a), other = readlinkat(second, name, b, sizeof b);
    if (size < 0 || other < 0) return -1;
    if (size != other || memcmp(a, b, (size_t)size) != 0) *what = "target";
    return 0;
}

// The path of a name in an open directory, for the calls that take no descriptor: nothing on the way is followed.
static void path_of(char path[PATH_MAX], int directory, const char *name) {
    snprintf(path, PATH_MAX, "/proc/self/fd/%d/%s", directory, name);
}

// Whether every attribute in `names` has the same value at both.
static int same_values(const char *a, const char *b, const char *names, size_t size, bool *same) {
    CLEAN_FREE char *values = malloc(2 * XATTR_SIZE_MAX);
    if (values == NULL) return -1;
    for (const char *name = names; name < names + size && *same; name += strlen(name) + 1) {
        ssize_t got = lgetxattr(a, name, values, XATTR_SIZE_MAX);
        if (got < 0) return -1;
        ssize_t other = lgetxattr(b, name, values + XATTR_SIZE_MAX, XATTR_SIZE_MAX);
        if (other < 0 && errno != ENODATA) return -1;
        *same = got == other && memcmp(values, values + XATTR_SIZE_MAX, (size_t)got) == 0;
    }
    return 0;
}

static int compare_attributes(int first, int second, const char *name, const char **what) {
    char a[PATH_MAX], b[PATH_MAX];
    path_of(a, first, name);
    path_of(b, second, name);
    ssize_t size = llistxattr(a, NULL, 0), other = llistxattr(b, NULL, 0);
    if (size < 0 || other < 0) return errno == ENOTSUP ? 0 : -1;
    bool same = size == other; // equal sets of names have equal lengths, and each name is looked for
    if (same && size > 0) {
        CLEAN_FREE char *names = malloc((size_t)size);
        if (names == NULL || (size = llistxattr(a, names, (size_t)size)) < 0) return -1;
        if (same_values(a, b, names, (size_t)size, &same) < 0) return -1;
    }
    if (!same) *what = "attributes";
    return 0;
}

int compare_entry(int first, int second, const char *name, struct stat *status, const char **what) {
    struct stat other;
    if (fstatat(first, name, status, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    if (fstatat(second, name, &other, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    *what = compare_status(status, &other);
    if (*what == NULL && compare_attributes(first, second, name, what) < 0) return -1;
    if (*what != NULL) return 0;
    if (S_ISLNK(status->st_mode)) return compare_targets(first, second, name, what);
    return S_ISREG(status->st_mode) ? compare_content(first, second, name, what) : 0;
}
