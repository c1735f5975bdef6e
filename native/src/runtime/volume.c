// Filling a volume so that nobody ever takes half of the content for the whole: it is copied beside the volume ("fill"), gets the
// name "filled" when it is complete and on the disk, and is then moved in, name by name. The volume's own directory stays the one that
// running containers have mounted.
#include "volume.h"

#include "common/cleanup.h"
#include "common/remove.h"
#include "copyup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char staging[] = "fill", complete[] = "filled", linked[] = "links";

static int failed(const char *what, struct error *err) {
    return error_errno(err, "copy up", what);
}

static int open_directory(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_there(int parent, const char *name) {
    struct stat st;
    return fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int take_away(int place, const char *name, const char *what, struct error *err) {
    return remove_any(place, name) < 0 && errno != ENOENT ? failed(what, err) : 0;
}

// The first name in it, NULL with errno 0 when there is none.
static const struct dirent *next_name(DIR *dir) {
    const struct dirent *entry;
    errno = 0;
    while ((entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) break;
    return entry;
}

static DIR *list(int directory) {
    CLEAN_FD int own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); // read from its own place
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (dir != NULL) (void)take_fd(&own);
    return dir;
}

// 1, 0, or -1 with errno.
static int is_empty(int directory) {
    CLEAN_DIR DIR *dir = list(directory);
    if (dir == NULL) return -1;
    if (next_name(dir) != NULL) return 0;
    return errno == 0 ? 1 : -1;
}

static int stage(int place, int from, const char *what, struct error *err) {
    if (take_away(place, staging, what, err) < 0 || take_away(place, linked, what, err) < 0) return -1;
    if (mkdirat(place, staging, 0700) < 0 || mkdirat(place, linked, 0700) < 0) return failed(what, err);
    CLEAN_FD int to = open_directory(place, staging);
    CLEAN_FD int links = open_directory(place, linked);
    if (to < 0 || links < 0) return failed(what, err);
    if (copyup_whole(from, to, links, what, err) < 0) return -1;
    int empty = is_empty(to);
    // A power cut must not leave names of files whose content never came to the disk.
    if (empty < 0 || (empty == 0 && syncfs(to) < 0)) return failed(what, err);
    if (renameat(place, staging, place, complete) < 0) return failed(what, err);
    return take_away(place, linked, what, err);
}

// Each name at once. What somebody has put into the volume meanwhile stays.
static int move_all(int from, int to, const char *what, struct error *err) {
    for (bool moved = true; moved;) {
        CLEAN_DIR DIR *dir = list(from); // anew: a directory that is being emptied may pass names over
        const struct dirent *entry;
        if (dir == NULL) return failed(what, err);
        moved = false;
        while ((entry = next_name(dir)) != NULL) {
            if (renameat2(from, entry->d_name, to, entry->d_name, RENAME_NOREPLACE) == 0) moved = true;
            else if (errno != EEXIST && errno != ENOENT) return failed(what, err);
        }
        if (errno != 0) return failed(what, err);
    }
    return 0;
}

static int move_in(int place, int volume, const char *what, struct error *err) {
    CLEAN_FD int from = open_directory(place, complete);
    struct stat st; // moving changes its times
    if (from < 0 || fstat(from, &st) < 0) return failed(what, err);
    if (move_all(from, volume, what, err) < 0 || copyup_attributes(from, volume, &st, what, err) < 0) return -1;
    return take_away(place, complete, what, err);
}

static int fill(int place, int volume, int from, const char *what, struct error *err) {
    if (!is_there(place, complete)) {
        int empty = from < 0 ? 0 : is_empty(volume);
        if (empty <= 0) return empty < 0 ? failed(what, err) : 0;
        if (stage(place, from, what, err) < 0) {
            (void)remove_any(place, staging); // a full disk is given back what it can't hold
            (void)remove_any(place, linked);
            return -1;
        }
    }
    return move_in(place, volume, what, err);
}

int volume_fill(const char *bundle, const char *source, int from, const char *what, struct error *err) {
    CLEAN_FD int base = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEAN_FD int volume = base < 0 ? -1 : open_directory(base, source);
    CLEAN_FD int place = volume < 0 ? -1 : openat(volume, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place < 0) return failed(what, err);
    while (flock(place, LOCK_EX) < 0)
        if (errno != EINTR) return failed(what, err);
    return fill(place, volume, from, what, err);
}
