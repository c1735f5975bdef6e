// Applies an archive to a directory: one entry after the other, nothing outside of it. Knows no compression and no digest.
#include "layer/apply.h"

#include "layer/apply_file.h"
#include "layer/attributes.h"
#include "common/remove.h"
#include "layer/whiteout.h"
#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DIRECTORIES_MAX (256u << 20)

/** An entry's place: `leaf` in the open directory `parent`. */
struct place {
    const char *name; // clean
    const char *leaf;
    int parent;
};

static struct attributes attributes_of(const struct apply *apply) {
    return (struct attributes){
        .entry = &apply->tar.entry,
        .user = apply->user,
        .group = apply->group,
        .squash_ids = apply->squash_ids,
        .inherited = apply->root.setgid,
    };
}

// Removes what is in the way; the same name is then free.
static int make_way(struct apply *apply, const struct place *place, struct error *err) {
    if (remove_any(place->parent, place->leaf) < 0) return layer_errno(err, "replace", place->name);
    names_remove(&apply->directories, place->name);
    names_remove(&apply->root.implied, place->name);
    root_forget(&apply->root);
    return 0;
}

// The directory's time is set at the end: its content is still to come.
static int remember_time(struct apply *apply, const char *name, struct error *err) {
    if (apply->directories.count + 1 > apply->times_room) {
        size_t room = apply->times_room == 0 ? 256 : apply->times_room * 2;
        struct timespec *larger = realloc(apply->times, room * sizeof *larger);
        if (larger == NULL) return layer_errno(err, "make directory", name);
        apply->times = larger;
        apply->times_room = room;
    }
    size_t index = 0;
    if (names_add(&apply->directories, name, &index) < 0) {
        if (errno != E2BIG) return layer_errno(err, "make directory", name);
        return layer_fail(err, LAYER_TOO_LARGE, "make directory", name, "the names of all directories are longer than 256 MiB");
    }
    apply->times[index] = apply->tar.entry.mtime;
    return 0;
}

static int set_times(struct apply *apply, struct error *err) {
    for (size_t i = 0; i < apply->directories.count; i++) {
        const char *name = names_at(&apply->directories, i);
        struct timespec times[2] = {apply->times[i], apply->times[i]};
        CLEAN_FD int fd = name == NULL ? -1 : root_openat(apply->root.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        // Gone or no directory any more: a later entry took its place.
        if (fd >= 0 && futimens(fd, times) < 0) return layer_errno(err, "set time", name);
    }
    return 0;
}

// A directory that is there keeps its content; whatever else is there makes way. After a whiteout it hides what is below.
static int make_directory(struct apply *apply, const struct place *place, bool *was_there, struct error *err) {
    struct stat st;
    *was_there = false;
    if (mkdirat(place->parent, place->leaf, apply->tar.entry.mode & 0777) == 0) return 0;
    if (errno != EEXIST || fstatat(place->parent, place->leaf, &st, AT_SYMLINK_NOFOLLOW) < 0) return layer_errno(err, "make directory", place->name);
    if (S_ISDIR(st.st_mode)) return *was_there = true, 0;
    if (make_way(apply, place, err) < 0) return -1;
    if (mkdirat(place->parent, place->leaf, apply->tar.entry.mode & 0777) < 0) return layer_errno(err, "make directory", place->name);
    if (whiteout_is_device(&st) && whiteout_opaque(place->parent, place->leaf) < 0) return layer_errno(err, "mark opaque", place->name);
    return 0;
}

static int apply_directory(struct apply *apply, const struct place *place, struct error *err) {
    struct attributes attributes = attributes_of(apply);
    bool was_there;
    if (make_directory(apply, place, &was_there, err) < 0) return -1;
    attributes.inherited = attributes.inherited || was_there;
    attributes.no_time = true;
    if (attributes_set(&attributes, place->parent, place->leaf, err) < 0) return -1;
    if (was_there) {
        names_remove(&apply->root.implied, place->name);
        root_forget(&apply->root);
    }
    return remember_time(apply, place->name, err);
}

static int open_file(const struct place *place, mode_t mode) {
    return openat(place->parent, place->leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
}

static int apply_file(struct apply *apply, const struct place *place, struct error *err) {
    struct attributes attributes = attributes_of(apply);
    CLEAN_FD int fd = open_file(place, apply->tar.entry.mode);
    if (fd < 0 && errno == EEXIST) {
        if (make_way(apply, place, err) < 0) return -1;
        fd = open_file(place, apply->tar.entry.mode);
    }
    if (fd < 0) return layer_errno(err, "create", place->name);
    return apply_file_data(apply, fd, err) < 0 ? -1 : attributes_set_file(&attributes, fd, err);
}

static int apply_symlink(struct apply *apply, const struct place *place, struct error *err) {
    struct attributes attributes = attributes_of(apply);
    const char *target = apply->tar.entry.link;
    if (target[0] == '\0') return layer_fail(err, LAYER_MALFORMED, "link", place->name, "a link without a target");
    int result = symlinkat(target, place->parent, place->leaf);
    if (result < 0 && errno == EEXIST) {
        if (make_way(apply, place, err) < 0) return -1;
        result = symlinkat(target, place->parent, place->leaf);
    }
    return result < 0 ? layer_errno(err, "link", place->name) : attributes_set(&attributes, place->parent, place->leaf, err);
}

// Devices belong to the machine's root; a user namespace has none, and container engines leave them out there.
static int apply_node(struct apply *apply, const struct place *place, struct error *err) {
    const struct tar_entry *entry = &apply->tar.entry;
    struct attributes attributes = attributes_of(apply);
    mode_t type = entry->type == TAR_FIFO ? S_IFIFO : entry->type == TAR_CHARACTER ? S_IFCHR : S_IFBLK;
    bool device = entry->type != TAR_FIFO;
    if (device && entry->major == 0 && entry->minor == 0) return layer_fail(err, LAYER_REFUSED, "make device", place->name, "the device 0:0 would be a whiteout");
    if (device && (entry->major < 0 || entry->major > 0xfff || entry->minor < 0 || entry->minor > 0xfffff)) {
        return layer_fail(err, LAYER_REFUSED, "make device", place->name, "there is no device %lld:%lld", (long long)entry->major, (long long)entry->minor);
    }
    dev_t number = device ? makedev((unsigned)entry->major, (unsigned)entry->minor) : 0;
    int result = mknodat(place->parent, place->leaf, type | (entry->mode & 0777), number);
    if (result < 0 && errno == EEXIST) {
        if (make_way(apply, place, err) < 0) return -1;
        result = mknodat(place->parent, place->leaf, type | (entry->mode & 0777), number);
    }
    if (result < 0 && errno == EPERM && device) return 0;
    return result < 0 ? layer_errno(err, "make device", place->name) : attributes_set(&attributes, place->parent, place->leaf, err);
}

// The directory of a link's target, open beside the one of the link; -1 with errno.
static int open_target(struct apply *apply, const char *target, const char **leaf) {
    char parent[TAR_NAME];
    const char *slash = strrchr(target, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - target);
    *leaf = slash == NULL ? target : slash + 1;
    memcpy(parent, length == 0 ? "." : target, length == 0 ? 1 : length);
    parent[length == 0 ? 1 : length] = '\0';
    return root_openat(apply->root.fd, parent, O_PATH | O_DIRECTORY);
}

static int link_failed(struct apply *apply, const char *target, struct error *err) {
    bool here = apply->lower.count > 0;
    return layer_fail(err, LAYER_NEEDS_LOWER, "link", apply->tar.entry.name, "its target %.150s is not in %s", target,
                      here ? "this layer nor in those below" : "this layer");
}

// Finds the target in this layer, or brings it up from those below.
static int find_target(struct apply *apply, const char *target, const char **leaf, struct stat *st, int *dir, struct error *err) {
    *dir = open_target(apply, target, leaf);
    bool missing = *dir < 0 ? errno == ENOENT || errno == ENOTDIR : fstatat(*dir, *leaf, st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
    if (*dir >= 0 && !missing && whiteout_is_device(st)) return link_failed(apply, target, err);
    if (!missing) return *dir < 0 ? layer_errno(err, "link", target) : 0;
    close_fd(dir);
    int copied = lower_copy_up(&apply->lower, &apply->root, target, err);
    if (copied <= 0) return copied < 0 ? -1 : link_failed(apply, target, err);
    *dir = open_target(apply, target, leaf);
    return *dir < 0 || fstatat(*dir, *leaf, st, AT_SYMLINK_NOFOLLOW) < 0 ? layer_errno(err, "link", target) : 0;
}

static int apply_link(struct apply *apply, const char *name, struct error *err) {
    char target[TAR_NAME];
    const char *target_leaf;
    struct stat st, other;
    CLEAN_FD int dir = -1;
    if (root_clean(apply->tar.entry.link, target, err) < 0 || find_target(apply, target, &target_leaf, &st, &dir, err) < 0) return -1;
    if (S_ISDIR(st.st_mode)) return layer_fail(err, LAYER_REFUSED, "link", name, "a hard link to a directory");
    struct place place = {.name = name};
    place.parent = root_parent(&apply->root, name, &place.leaf, err);
    if (place.parent < 0) return -1;
    if (linkat(dir, target_leaf, place.parent, place.leaf, 0) == 0) return 0;
    if (errno != EEXIST || fstatat(place.parent, place.leaf, &other, AT_SYMLINK_NOFOLLOW) < 0) return layer_errno(err, "link", name);
    if (st.st_dev == other.st_dev && st.st_ino == other.st_ino) return 0; // it is that file already
    // What makes way may be the directory that the target is in.
    if (make_way(apply, &place, err) < 0) return -1;
    return linkat(dir, target_leaf, place.parent, place.leaf, 0) < 0 ? layer_errno(err, "link", name) : 0;
}

// A whiteout is about the layers below only: what this layer has stays, and hides them.
static int hide_below(const struct place *place, const char *hidden, struct error *err) {
    struct stat st;
    if (hidden[0] == '\0' || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0) {
        return layer_fail(err, LAYER_REFUSED, "read archive", place->name, "a whiteout of nothing");
    }
    if (fstatat(place->parent, hidden, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return whiteout_make(place->parent, hidden) < 0 ? layer_errno(err, "make whiteout", place->name) : 0;
    }
    if (!S_ISDIR(st.st_mode)) return 0;
    return whiteout_opaque(place->parent, hidden) < 0 ? layer_errno(err, "mark opaque", place->name) : 0;
}

static int apply_whiteout(struct apply *apply, const struct place *place, struct error *err) {
    if (strcmp(place->leaf, WHITEOUT_OPAQUE) == 0) {
        if (strchr(place->name, '/') == NULL) return apply->hide_all = true, 0;
        return whiteout_opaque(place->parent, ".") < 0 ? layer_errno(err, "mark opaque", place->name) : 0;
    }
    // Others of this form are notes of aufs to itself.
    if (strncmp(place->leaf, WHITEOUT_META, sizeof WHITEOUT_META - 1) == 0) return 0;
    return hide_below(place, place->leaf + sizeof WHITEOUT_PREFIX - 1, err);
}

// The entry of the layer's own top directory.
static int apply_top(struct apply *apply, struct error *err) {
    struct attributes attributes = attributes_of(apply);
    if (apply->tar.entry.type != TAR_DIRECTORY) return layer_fail(err, LAYER_REFUSED, "read archive", apply->tar.entry.name, "the top is not a directory");
    attributes.inherited = attributes.no_time = true;
    root_forget(&apply->root);
    return attributes_set(&attributes, apply->root.fd, ".", err) < 0 ? -1 : remember_time(apply, ".", err);
}

static int apply_entry(struct apply *apply, struct error *err) {
    const struct tar_entry *entry = &apply->tar.entry;
    char name[TAR_NAME];
    if (root_clean(entry->name, name, err) < 0) return -1;
    bool whiteout = whiteout_is(strrchr(name, '/') == NULL ? name : strrchr(name, '/') + 1);
    if (!whiteout && attributes_check(entry, apply->squash_ids, err) < 0) return -1;
    if (strcmp(name, ".") == 0) return apply_top(apply, err);
    if (entry->type == TAR_LINK && !whiteout) return apply_link(apply, name, err);
    struct place place = {.name = name};
    place.parent = root_parent(&apply->root, name, &place.leaf, err);
    if (place.parent < 0) return -1;
    if (whiteout) return apply_whiteout(apply, &place, err);
    switch (entry->type) {
    case TAR_DIRECTORY: return apply_directory(apply, &place, err);
    case TAR_SYMLINK: return apply_symlink(apply, &place, err);
    case TAR_FILE: return apply_file(apply, &place, err);
    default: return apply_node(apply, &place, err);
    }
}

// Directories that made way, with all above them, are nobody's concern any more.
static void check_implied(struct apply *apply) {
    for (size_t i = 0; i < apply->root.implied.count; i++) {
        const char *name = names_at(&apply->root.implied, i);
        CLEAN_FD int fd = name == NULL ? -1 : root_openat(apply->root.fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        if (name != NULL && fd < 0) names_remove(&apply->root.implied, name);
    }
}

// overlayfs looks for the mark on every directory but the top one.
static int finish_hide_all(struct apply *apply, struct error *err) {
    if (!apply->hide_all) return 0;
    if (apply->lower.count > 0) return lower_hide_all(&apply->lower, &apply->root, err);
    return layer_fail(err, LAYER_NEEDS_LOWER, "hide", WHITEOUT_OPAQUE, "everything below this layer is hidden");
}

int apply_run(struct apply *apply, struct error *err) {
    int more;
    apply->directories.max = DIRECTORIES_MAX;
    apply->space = (struct space){.fd = apply->root.fd};
    apply->user = geteuid();
    apply->group = getegid();
    while ((more = tar_next(&apply->tar, err)) > 0) {
        if (apply_entry(apply, err) < 0 || space_took_file(&apply->space, apply->tar.entry.name, err) < 0) {
            space_explain(&apply->space, err);
            return -1;
        }
        apply->entries++;
    }
    if (more < 0 || finish_hide_all(apply, err) < 0) return -1;
    check_implied(apply);
    return set_times(apply, err);
}

void apply_free(struct apply *apply) {
    tar_free(&apply->tar);
    names_free(&apply->directories);
    free(apply->times);
    apply->times = NULL;
}
