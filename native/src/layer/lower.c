// The layers below, for hard links to files that only they have, and for the opaque root. Knows no archive.
#include "layer/lower.h"

#include "layer/attributes.h"
#include "layer/whiteout.h"
#include "common/cleanup.h"
#include "common/xattrs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define STEP "copy from below"

enum found { FOUND, ABSENT, HIDDEN };

// Looks at `name` and at each directory on the way, as overlayfs does: a whiteout or an opaque directory ends the search below.
static enum found lower_look(int layer, const char *name, int *file, struct stat *st) {
    bool opaque = false;
    for (const char *end = strchrnul(name, '/');; end = strchrnul(end + 1, '/')) {
        char part[TAR_NAME];
        memcpy(part, name, (size_t)(end - name));
        part[end - name] = '\0';
        CLEAN_FD int fd = root_openat(layer, part, O_PATH | O_NOFOLLOW);
        if (fd < 0) return opaque ? HIDDEN : ABSENT;
        if (fstat(fd, st) < 0 || whiteout_is_device(st)) return HIDDEN;
        if (*end == '\0') {
            *file = take_fd(&fd);
            return FOUND;
        }
        if (S_ISDIR(st->st_mode)) opaque = opaque || whiteout_mark(fd) == 'y';
        else if (!S_ISLNK(st->st_mode)) return HIDDEN;
    }
}

static int lower_find(const struct lower *lower, const char *name, struct stat *st) {
    for (size_t i = 0; i < lower->count; i++) {
        CLEAN_FD int layer = open(lower->directories[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
        int file = -1;
        if (layer < 0) return -1;
        enum found found = lower_look(layer, name, &file, st);
        if (found == FOUND) return file;
        if (found == HIDDEN) break;
    }
    return errno = ENOENT, -1;
}

static int copy_data(int from, int to) {
    if (ioctl(to, FICLONE, from) == 0) return 0;
    for (;;) {
        ssize_t got = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
        if (got < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) got = sendfile(to, from, NULL, 1 << 30);
        if (got <= 0) return (int)got;
    }
}

// All of a regular file: content, owner, mode, attributes, time.
static int copy_file(int found, const struct stat *st, int parent, const char *leaf) {
    char path[64];
    struct timespec times[2] = {st->st_atim, st->st_mtim};
    snprintf(path, sizeof path, "/proc/self/fd/%d", found);
    CLEAN_FD int from = open(path, O_RDONLY | O_CLOEXEC);
    CLEAN_FD int to = openat(parent, leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (from < 0 || to < 0 || copy_data(from, to) < 0 || fchown(to, st->st_uid, st->st_gid) < 0) return -1;
    return fchmod(to, st->st_mode & 07777) < 0 || xattrs_copy(from, to) < 0 ? -1 : futimens(to, times);
}

static int copy_link(int found, const struct stat *st, int parent, const char *leaf) {
    char target[PATH_MAX];
    struct timespec times[2] = {st->st_atim, st->st_mtim};
    ssize_t length = readlinkat(found, "", target, sizeof target - 1);
    if (length < 0) return -1;
    target[length] = '\0';
    if (symlinkat(target, parent, leaf) < 0 || fchownat(parent, leaf, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0) return -1;
    return utimensat(parent, leaf, times, AT_SYMLINK_NOFOLLOW);
}

int lower_copy_up(const struct lower *lower, struct root *root, const char *name, struct error *err) {
    struct stat st;
    const char *leaf;
    CLEAN_FD int found = lower_find(lower, name, &st);
    if (found < 0) return errno == ENOENT ? 0 : layer_errno(err, STEP, name);
    int parent = root_parent(root, name, &leaf, err);
    if (parent < 0) return -1;
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) return layer_fail(err, LAYER_REFUSED, STEP, name, "a hard link to what is no file");
    int result = S_ISREG(st.st_mode) ? copy_file(found, &st, parent, leaf) : copy_link(found, &st, parent, leaf);
    return result < 0 ? layer_errno(err, STEP, name) : 1;
}

static int hide(struct root *root, const char *name, struct error *err) {
    struct stat st;
    int result;
    if (fstatat(root->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) result = whiteout_make(root->fd, name);
    else result = S_ISDIR(st.st_mode) ? whiteout_opaque(root->fd, name) : 0;
    return result < 0 ? layer_errno(err, "hide", name) : 0;
}

int lower_hide_all(const struct lower *lower, struct root *root, struct error *err) {
    for (size_t i = 0; i < lower->count; i++) {
        CLEAN_DIR DIR *dir = opendir(lower->directories[i]);
        const struct dirent *entry;
        if (dir == NULL) return layer_errno(err, "open", lower->directories[i]);
        while ((entry = readdir(dir)) != NULL) {
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            if (hide(root, entry->d_name, err) < 0) return -1;
        }
    }
    return 0;
}
