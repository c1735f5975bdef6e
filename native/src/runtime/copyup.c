// Copying a tree by descriptors. Knows no mount.
#include "copyup.h"

#include "common/cleanup.h"
#include "common/xattrs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 256, PIECE = 1 << 20 };

/** One copying. */
struct copy {
    const char *what;
    int links;    // see copyup_whole; -1: files of several names are several files, and special files are left out
    dev_t device; // with links: the only file system to copy from
};

/** One name of a directory. */
struct entry {
    int from, to;
    const char *name;
    struct stat st;
};

static int failed(const struct copy *copy, struct error *err) {
    return error_errno(err, "copy up", copy->what);
}

static int copy_tree(const struct copy *copy, int from, int to, int depth, struct error *err);

static bool owner_refused(int result) {
    return result < 0 && errno != EINVAL && errno != EPERM;
}

// The owner before the mode and the attributes: chown takes set-uid and capabilities away.
int copyup_attributes(int from, int to, const struct stat *st, const char *what, struct error *err) {
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    if (owner_refused(fchown(to, st->st_uid, st->st_gid))) return error_errno(err, "copy up", what);
    if (fchmod(to, st->st_mode & 07777) < 0 || xattrs_copy(from, to) < 0 || futimens(to, times) < 0) return error_errno(err, "copy up", what);
    return 0;
}

// The same for what can't be opened.
static int set_attributes(const struct copy *copy, const struct entry *entry, struct error *err) {
    const struct stat *st = &entry->st;
    const struct timespec times[2] = {st->st_atim, st->st_mtim};
    if (owner_refused(fchownat(entry->to, entry->name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW))) return failed(copy, err);
    if (!S_ISLNK(st->st_mode) && fchmodat(entry->to, entry->name, st->st_mode & 07777, 0) < 0) return failed(copy, err);
    return utimensat(entry->to, entry->name, times, AT_SYMLINK_NOFOLLOW) < 0 ? failed(copy, err) : 0;
}

// The piece [at, end), both at the same place of either file. A source that is shorter by now ends it.
static int copy_piece(int source, int target, off_t at, off_t end) {
    if (lseek(source, at, SEEK_SET) < 0 || lseek(target, at, SEEK_SET) < 0) return -1;
    while (at < end) {
        ssize_t put = sendfile(target, source, NULL, end - at < PIECE ? (size_t)(end - at) : PIECE);
        if (put == 0) return 0;
        if (put < 0 && errno != EINTR) return -1;
        if (put > 0) at += put;
    }
    return 0;
}

// Holes stay holes.
static int copy_data(int source, int target, off_t size) {
    for (off_t at = 0, end; at < size; at = end) {
        off_t data = lseek(source, at, SEEK_DATA);
        if (data < 0 && errno == ENXIO) break; // nothing but a hole
        if (data < 0 && errno != EINVAL) return -1;
        end = data < 0 ? size : lseek(source, data, SEEK_HOLE);
        if (end < 0) return -1;
        if (copy_piece(source, target, data < 0 ? at : data, end) < 0) return -1;
    }
    return ftruncate(target, size);
}

static int copy_file(const struct copy *copy, const struct entry *entry, struct error *err) {
    CLEAN_FD int source = openat(entry->from, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    CLEAN_FD int target = openat(entry->to, entry->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat opened;
    if (source < 0 || target < 0 || fstat(source, &opened) < 0) return failed(copy, err);
    if (!S_ISREG(opened.st_mode)) return 0; // changed meanwhile
    if (copy_data(source, target, opened.st_size) < 0) return failed(copy, err);
    return copyup_attributes(source, target, &entry->st, copy->what, err);
}

// A file of several names is copied once; where the file system takes no more of them, again.
static int copy_linked(const struct copy *copy, const struct entry *entry, struct error *err) {
    char key[64];
    snprintf(key, sizeof key, "%llx.%llx", (unsigned long long)entry->st.st_dev, (unsigned long long)entry->st.st_ino);
    if (linkat(copy->links, key, entry->to, entry->name, 0) == 0) return 0;
    if (errno != ENOENT && errno != EMLINK) return failed(copy, err);
    if (errno == EMLINK && unlinkat(copy->links, key, 0) < 0) return failed(copy, err);
    if (copy_file(copy, entry, err) < 0) return -1;
    return linkat(entry->to, entry->name, copy->links, key, 0) < 0 ? failed(copy, err) : 0;
}

static int copy_link(const struct copy *copy, const struct entry *entry, struct error *err) {
    char text[PATH_MAX];
    ssize_t length = readlinkat(entry->from, entry->name, text, sizeof text - 1);
    if (length < 0) return failed(copy, err);
    text[length] = '\0';
    return symlinkat(text, entry->to, entry->name) < 0 ? failed(copy, err) : set_attributes(copy, entry, err);
}

// No user namespace makes devices; a socket is nothing without its process.
static int copy_special(const struct copy *copy, const struct entry *entry, struct error *err) {
    mode_t type = entry->st.st_mode & S_IFMT;
    if (copy->links < 0 || type == S_IFSOCK) return 0;
    if (mknodat(entry->to, entry->name, type | 0600, entry->st.st_rdev) < 0) return errno == EPERM ? 0 : failed(copy, err);
    return set_attributes(copy, entry, err);
}

static int copy_directory(const struct copy *copy, const struct entry *entry, int depth, struct error *err) {
    if (copy->links >= 0 && entry->st.st_dev != copy->device) return 0;
    if (mkdirat(entry->to, entry->name, 0700) < 0) return failed(copy, err);
    CLEAN_FD int source = openat(entry->from, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEAN_FD int target = openat(entry->to, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0 || target < 0) return failed(copy, err);
    if (copy_tree(copy, source, target, depth + 1, err) < 0) return -1;
    return copyup_attributes(source, target, &entry->st, copy->what, err);
}

static int copy_entry(const struct copy *copy, int from, int to, const char *name, int depth, struct error *err) {
    struct entry entry = {.from = from, .to = to, .name = name};
    if (fstatat(from, name, &entry.st, AT_SYMLINK_NOFOLLOW) < 0) return failed(copy, err);
    if (S_ISDIR(entry.st.st_mode)) return copy_directory(copy, &entry, depth, err);
    if (S_ISLNK(entry.st.st_mode)) return copy_link(copy, &entry, err);
    if (!S_ISREG(entry.st.st_mode)) return copy_special(copy, &entry, err);
    return copy->links >= 0 && entry.st.st_nlink > 1 ? copy_linked(copy, &entry, err) : copy_file(copy, &entry, err);
}

static int copy_tree(const struct copy *copy, int from, int to, int depth, struct error *err) {
    if (depth > MAX_DEPTH) return error_set(err, ELOOP, "copy up", copy->what, "more than %d directories deep", MAX_DEPTH);
    int list = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); // read from its own place
    CLEAN_DIR DIR *entries = list < 0 ? NULL : fdopendir(list);
    if (entries == NULL) return failed(copy, err);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (copy_entry(copy, from, to, entry->d_name, depth, err) < 0) return -1;
    }
    return 0;
}

int copyup(int from, int to, const char *what, struct error *err) {
    const struct copy copy = {.what = what, .links = -1};
    return copy_tree(&copy, from, to, 0, err);
}

int copyup_whole(int from, int to, int links, const char *what, struct error *err) {
    struct copy copy = {.what = what, .links = links};
    struct stat st;
    if (fstat(from, &st) < 0) return failed(&copy, err);
    copy.device = st.st_dev;
    if (copy_tree(&copy, from, to, 0, err) < 0) return -1;
    return copyup_attributes(from, to, &st, what, err);
}
