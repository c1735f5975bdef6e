// Finding and making cgroups; controllers are handed down from the top.
#include "place.h"

#include "cgroup.h"
#include "common/cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { MAX_DEPTH = 64 };

// What is wanted for its numbers (stats, notices of the OOM killer) and done without where it can't be had.
static const char *const useful[] = {"memory", "pids", "io", NULL};

int cgroup_failed(struct error *err, const char *path, const char *file) {
    char whole[PATH_MAX + 64];
    snprintf(whole, sizeof whole, CGROUP_MOUNT "%s%s%s", path, file == NULL ? "" : "/", file == NULL ? "" : file);
    return error_errno(err, "cgroup", whole);
}

int cgroup_mount(struct error *err) {
    struct statfs fs;
    CLEAN_FD int fd = open(CGROUP_MOUNT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstatfs(fd, &fs) < 0) return error_errno(err, "cgroup", CGROUP_MOUNT);
    if ((unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC) return take_fd(&fd);
    struct stat st;
    bool hybrid = fstatat(fd, "unified", &st, 0) == 0, old = fstatat(fd, "memory", &st, 0) == 0;
    return error_set(err, EOPNOTSUPP, "cgroup", CGROUP_MOUNT, "%s",
                     hybrid || old ? "this machine uses cgroup v1: cgroup v2 alone is needed" : "cgroup v2 is not mounted");
}

int cgroup_open(const char *path, struct error *err) {
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    CLEAN_FD int mount = cgroup_mount(err);
    if (mount < 0) return -1;
    path += strspn(path, "/");
    int fd = (int)syscall(SYS_openat2, mount, path[0] == '\0' ? "." : path, &how, sizeof how);
    if (fd >= 0) return fd;
    int saved = errno;
    char whole[PATH_MAX];
    snprintf(whole, sizeof whole, "/%s", path);
    errno = saved;
    return cgroup_failed(err, whole, NULL);
}

static bool wanted(const struct place *place, const char *controller) {
    for (size_t i = 0; i < place->required_count; i++)
        if (strcmp(place->required[i], controller) == 0) return true;
    return false;
}

// Hands one controller to the children of `dir`; a refusal of a required one is kept for the error.
static void enable(struct place *place, int dir, const char *controller) {
    char text[CGROUP_CONTROLLER + 1];
    snprintf(text, sizeof text, "+%s", controller);
    if (cgroup_file_write(dir, "cgroup.subtree_control", text) == 0 || place->refused.errnum != 0 || !wanted(place, controller)) return;
    (void)cgroup_failed(&place->refused, place->above, "cgroup.subtree_control");
}

static void enable_all(struct place *place, int dir) {
    char have[CGROUP_TEXT], on[CGROUP_TEXT];
    if (cgroup_file_read(dir, "cgroup.controllers", have) <= 1) return;
    if (cgroup_file_read(dir, "cgroup.subtree_control", on) < 0) return;
    for (size_t i = 0; i < place->required_count; i++)
        if (cgroup_text_has(have, place->required[i]) && !cgroup_text_has(on, place->required[i])) enable(place, dir, place->required[i]);
    for (size_t i = 0; useful[i] != NULL; i++)
        if (cgroup_text_has(have, useful[i]) && !cgroup_text_has(on, useful[i]) && !wanted(place, useful[i])) enable(place, dir, useful[i]);
}

static int check_name(const char *name, size_t length, const char *path, struct error *err) {
    if (length > NAME_MAX) return error_set(err, ENAMETOOLONG, "cgroup", path, "a name is longer than %d bytes", NAME_MAX);
    if (strncmp(name, ".", length) == 0 || strncmp(name, "..", length) == 0 || memchr(name, '\n', length) != NULL)
        return error_set(err, EINVAL, "cgroup", path, "not a path of a cgroup");
    return 0;
}

// Steps down to the next name, which `make` makes; 1 when it was made, 0 when it was there.
static int step_down(struct place *place, int *dir, const char *name, size_t length, bool make, struct error *err) {
    char text[NAME_MAX + 1];
    if (check_name(name, length, place->path, err) < 0) return -1;
    snprintf(text, sizeof text, "%.*s", (int)length, name);
    if (make) enable_all(place, *dir);
    size_t used = strlen(place->above);
    snprintf(place->above + used, sizeof place->above - used, "/%s", text);
    int made = make && mkdirat(*dir, text, 0755) == 0;
    if (make && !made && errno != EEXIST) return cgroup_failed(err, place->above, NULL);
    int next = openat(*dir, text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0) {
        (void)cgroup_failed(err, place->above, NULL);
        if (made) (void)unlinkat(*dir, text, AT_REMOVEDIR);
        return -1;
    }
    close(*dir);
    *dir = next;
    return made;
}

// Every required controller must have come down to `dir`.
static int check_controllers(const struct place *place, int dir, struct error *err) {
    char have[CGROUP_TEXT], file[PATH_MAX + 64];
    (void)cgroup_file_read(dir, "cgroup.controllers", have);
    for (size_t i = 0; i < place->required_count; i++) {
        if (cgroup_text_has(have, place->required[i])) continue;
        if (place->refused.errnum != 0)
            return error_set(err, place->refused.errnum, "cgroup", place->refused.path, "the %s controller can't be enabled: %s",
                             place->required[i], place->refused.message);
        snprintf(file, sizeof file, CGROUP_MOUNT "%s/cgroup.controllers", place->path);
        return error_set(err, ENOENT, "cgroup", file, "the %s controller is not available here", place->required[i]);
    }
    return 0;
}

int place_descend(struct place *place, bool make, struct error *err) {
    CLEAN_FD int dir = cgroup_mount(err);
    const char *name = place->path;
    if (dir < 0) return -1;
    for (int depth = 0; *(name += strspn(name, "/")) != '\0'; depth++) {
        size_t length = strcspn(name, "/");
        if (depth == MAX_DEPTH) return error_set(err, EINVAL, "cgroup", place->path, "deeper than %d", MAX_DEPTH);
        if (!make) enable_all(place, dir);
        int made = step_down(place, &dir, name, length, make, err);
        if (made < 0) return -1;
        if (made == 0) place->made = 0, place->there = true;
        else place->made++, place->there = false;
        name += length;
    }
    if (strcmp(place->above, "") == 0) return error_set(err, EINVAL, "cgroup", place->path, "the root can't be a container's");
    return check_controllers(place, dir, err) < 0 ? -1 : take_fd(&dir);
}

void place_undo(const struct place *place) {
    char path[PATH_MAX];
    CLEAN_FD int mount = -1;
    struct error ignored;
    snprintf(path, sizeof path, "%s", place->above + 1);
    if (place->made == 0 || (mount = cgroup_mount(&ignored)) < 0) return;
    for (int left = place->made; left > 0; left--) {
        if (unlinkat(mount, path, AT_REMOVEDIR) < 0) return;
        char *slash = strrchr(path, '/');
        if (slash == NULL) return;
        *slash = '\0';
    }
}
