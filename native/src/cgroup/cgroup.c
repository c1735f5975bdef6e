// A control group as a whole: made with its limits, joined, emptied and removed.
#include "cgroup.h"

#include "common/cleanup.h"
#include "file.h"
#include "limits.h"
#include "place.h"
#include "scope.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static bool populated(int dir) {
    char text[CGROUP_TEXT];
    uint64_t number = 0;
    return cgroup_file_read(dir, "cgroup.events", text) > 0 && cgroup_text_number(text, "populated", &number) && number != 0;
}

// A cgroup that is there already: what a killed shim left is taken away, one in use is nobody's to take.
static int make_anew(struct place *place, int *dir, struct error *err) {
    if (populated(*dir)) return errno = EBUSY, cgroup_failed(err, place->path, NULL);
    close_fd(dir);
    if (cgroup_remove(place->path, err) < 0) return -1;
    place->above[0] = '\0';
    *dir = place_descend(place, true, err);
    if (*dir < 0) place_undo(place);
    return *dir;
}

int cgroup_make(const char *path, const struct cgroup_resources *resources, struct error *err) {
    struct place place = {.path = path};
    if (limits_required(resources, &place, err) < 0) return -1;
    CLEAN_FD int dir = place_descend(&place, true, err);
    if (dir >= 0 && place.there && make_anew(&place, &dir, err) < 0) return -1;
    if (dir >= 0 && limits_write(path, dir, resources, err) == 0) return take_fd(&dir);
    place_undo(&place);
    return -1;
}

int cgroup_check(const char *path, const struct cgroup_resources *resources, struct error *err) {
    struct place place = {.path = path};
    if (limits_required(resources, &place, err) < 0) return -1;
    CLEAN_FD int dir = place_descend(&place, true, err);
    place_undo(&place);
    return dir < 0 ? -1 : 0;
}

int cgroup_apply(const char *path, int dir, const struct cgroup_resources *resources, struct error *err) {
    struct place place = {.path = path};
    if (limits_required(resources, &place, err) < 0) return -1;
    CLEAN_FD int same = place_descend(&place, false, err);
    return same < 0 ? -1 : limits_write(path, dir, resources, err);
}

int cgroup_adopt(const char *path, const struct cgroup_resources *resources, struct error *err) {
    CLEAN_FD int dir = cgroup_open(path, err);
    return dir < 0 || cgroup_apply(path, dir, resources, err) < 0 ? -1 : take_fd(&dir);
}

// Where process `pid` is, if that is below `path`.
static int open_beside(const char *path, pid_t pid, struct error *err) {
    char place[PATH_MAX];
    size_t length = strlen(path);
    if (scope_of(pid, place, err) < 0) return error_set(err, ESRCH, "cgroup", path, "its first process has ended");
    if (strncmp(place, path, length) != 0 || (place[length] != '/' && place[length] != '\0'))
        return error_set(err, ESRCH, "cgroup", path, "its first process has left it");
    return cgroup_open(place, err);
}

int cgroup_join(const char *path, pid_t pid, struct error *err) {
    char text[CGROUP_TEXT];
    CLEAN_FD int dir = cgroup_open(path, err);
    if (dir < 0) return -1;
    if (cgroup_is_frozen(path))
        return error_set(err, EBUSY, "cgroup", path, "the container is paused");
    // One that hands controllers to children of its own can't hold processes.
    if (cgroup_file_read(dir, "cgroup.subtree_control", text) <= 1) return take_fd(&dir);
    return open_beside(path, pid, err);
}

uint64_t cgroup_oom_kills(const char *path) {
    struct error ignored;
    char text[CGROUP_TEXT];
    uint64_t count = 0;
    CLEAN_FD int dir = cgroup_open(path, &ignored);
    if (dir >= 0 && cgroup_file_read(dir, "memory.events", text) > 0) (void)cgroup_text_number(text, "oom_kill", &count);
    return count;
}
