// Copying a tree by descriptors. Knows no mount.
#include "copyup.h"

#include "common/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 256, PIECE = 1 << 20 };

static int failed(const char *what, struct error *err) {
    return error_errno(err, "copy up", what);
}

static int copy_tree(int from, int to, int depth, const char *what, struct error *err);

// The owner before the mode: chown takes set-uid away.
static int set_attributes(int fd, const struct stat *st, const char *what, struct error *err) {
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    if (fchown(fd, st->st_uid, st->st_gid) < 0 && errno != EINVAL && errno != EPERM) return failed(what, err);
    if (fchmod(fd, st->st_mode & 07777) < 0 || futimens(fd, times) < 0) return failed(what, err);
    return 0;
}

static int copy_file(int from, int to, const char *name, const struct stat *st, const char *what, struct error *err) {
    CLEAN_FD int source = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    CLEAN_FD int target = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat opened;
    if (source < 0 || target < 0 || fstat(source, &opened) < 0) return failed(what, err);
    if (!S_ISREG(opened.st_mode)) return 0; // changed meanwhile
    for (ssize_t put = 1; put > 0;)
        if ((put = sendfile(target, source, NULL, PIECE)) < 0 && errno != EINTR) return failed(what, err);
    return set_attributes(target, st, what, err);
}

static int copy_link(int from, int to, const char *name, const struct stat *st, const char *what, struct error *err) {
    char text[PATH_MAX];
    ssize_t length = readlinkat(from, name, text, sizeof text - 1);
    if (length < 0) return failed(what, err);
    text[length] = '\0';
    if (symlinkat(text, to, name) < 0) return failed(what, err);
    if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != EINVAL && errno != EPERM) return failed(what, err);
    return 0;
}

static int copy_directory(int from, int to, const char *name, const struct stat *st, int depth, const char *what, struct error *err) {
    if (mkdirat(to, name, 0700) < 0) return failed(what, err);
    CLEAN_FD int source = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEAN_FD int target = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0 || target < 0) return failed(what, err);
    if (copy_tree(source, target, depth + 1, what, err) < 0) return -1;
    return set_attributes(target, st, what, err);
}

static int copy_entry(int from, int to, const char *name, int depth, const char *what, struct error *err) {
    struct stat st;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return failed(what, err);
    if (S_ISDIR(st.st_mode)) return copy_directory(from, to, name, &st, depth, what, err);
    if (S_ISREG(st.st_mode)) return copy_file(from, to, name, &st, what, err);
    return S_ISLNK(st.st_mode) ? copy_link(from, to, name, &st, what, err) : 0;
}

static int copy_tree(int from, int to, int depth, const char *what, struct error *err) {
    if (depth > MAX_DEPTH) return error_set(err, ELOOP, "copy up", what, "more than %d directories deep", MAX_DEPTH);
    int list = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); // read from its own place
    CLEAN_DIR DIR *entries = list < 0 ? NULL : fdopendir(list);
    if (entries == NULL) return failed(what, err);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (copy_entry(from, to, entry->d_name, depth, what, err) < 0) return -1;
    }
    return 0;
}

int copyup(int from, int to, const char *what, struct error *err) {
    return copy_tree(from, to, 0, what, err);
}
