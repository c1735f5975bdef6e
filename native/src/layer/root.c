// The directory a layer is unpacked into, and finding one's way in it without ever leaving it. Knows no archive.
#include "layer/root.h"

#include "layer/whiteout.h"
#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define IMPLIED_MAX (4u << 20)
#define LINKS_MAX 40
#define STEP "make directory"

int root_openat(int fd, const char *name, uint64_t flags) {
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    return (int)syscall(SYS_openat2, fd, name, &how, sizeof how);
}

int root_open(struct root *root, const char *directory, struct error *err) {
    *root = (struct root){.parent = -1, .implied = {.max = IMPLIED_MAX}};
    root->fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return root->fd < 0 ? layer_errno(err, "open", directory) : 0;
}

void root_close(struct root *root) {
    close_fd(&root->parent);
    close_fd(&root->fd);
    names_free(&root->implied);
}

void root_forget(struct root *root) {
    root->parent_open = false;
}

static int refuse(struct error *err, const char *name, const char *reason) {
    return layer_fail(err, LAYER_REFUSED, "read archive", name, "%s", reason);
}

int root_clean(const char *archived, char clean[TAR_NAME], struct error *err) {
    size_t used = 0;
    bool whiteout = false;
    if (*archived == '\0') return layer_fail(err, LAYER_MALFORMED, "read archive", NULL, "an entry has no name");
    for (const char *at = archived; *at != '\0';) {
        size_t length = strcspn(at, "/");
        const char *next = at + length + (at[length] == '/');
        if (length == 2 && at[0] == '.' && at[1] == '.') return refuse(err, archived, "the name leads upwards");
        if (length > 0 && !(length == 1 && at[0] == '.')) {
            if (whiteout) return refuse(err, archived, "a whiteout in the middle of a name");
            whiteout = whiteout_is(at);
            if (used > 0) clean[used++] = '/';
            memcpy(clean + used, at, length);
            used += length;
        }
        at = next;
    }
    if (used == 0) clean[used++] = '.';
    clean[used] = '\0';
    return 0;
}

// The slow way, one component at a time, for directories that are not there yet.
struct walk {
    struct root *root;
    const char *name;           // what is asked for
    char done[TAR_NAME];        // where the walk is: a real path without links, "" for the root
    char rest[2 * TAR_NAME];    // what is still to go
    int links;
    int fd;                     // of `done`
};

// Appends a component to `done`.
static int walk_into(struct walk *walk, const char *component, struct error *err) {
    size_t length = strlen(walk->done), more = strlen(component);
    if (length + more + 2 > sizeof walk->done) return refuse(err, walk->name, "the name is too long");
    if (length > 0) walk->done[length++] = '/';
    memcpy(walk->done + length, component, more + 1);
    return 0;
}

// Opens `done` from the top again, after a step that did not go down.
static int walk_reopen(struct walk *walk, struct error *err) {
    close_fd(&walk->fd);
    walk->fd = root_openat(walk->root->fd, walk->done[0] == '\0' ? "." : walk->done, O_PATH | O_DIRECTORY);
    return walk->fd < 0 ? layer_errno(err, STEP, walk->name) : 0;
}

static int walk_down(struct walk *walk, const char *component, struct error *err) {
    int fd = openat(walk->fd, component, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return layer_errno(err, STEP, walk->name);
    close_fd(&walk->fd);
    walk->fd = fd;
    return 0;
}

static int walk_up(struct walk *walk, struct error *err) {
    char *slash = strrchr(walk->done, '/');
    *(slash == NULL ? walk->done : slash) = '\0';
    return walk_reopen(walk, err);
}

// The target goes in front of the rest.
static int walk_link(struct walk *walk, const char *component, struct error *err) {
    char target[TAR_NAME], rest[2 * TAR_NAME];
    ssize_t length = readlinkat(walk->fd, component, target, sizeof target - 1);
    if (length < 0) return layer_errno(err, "follow link", walk->name);
    target[length] = '\0';
    if (++walk->links > LINKS_MAX) return refuse(err, walk->name, "too many links");
    if (strlen(walk->rest) + (size_t)length + 2 > sizeof rest) return refuse(err, walk->name, "the name is too long");
    strcpy(rest, target);
    strcat(rest, "/");
    strcat(rest, walk->rest);
    strcpy(walk->rest, rest);
    if (target[0] != '/') return 0;
    walk->done[0] = '\0';
    return walk_reopen(walk, err);
}

static int walk_make(struct walk *walk, const char *component, bool opaque, struct error *err) {
    size_t index;
    if (walk_into(walk, component, err) < 0) return -1;
    if (mkdirat(walk->fd, component, 0755) < 0) return layer_errno(err, STEP, walk->done);
    if (opaque && whiteout_opaque(walk->fd, component) < 0) return layer_errno(err, "mark opaque", walk->done);
    if (names_add(&walk->root->implied, walk->done, &index) == 0) return walk_down(walk, component, err);
    if (errno != E2BIG) return layer_errno(err, STEP, walk->done);
    return layer_fail(err, LAYER_TOO_LARGE, STEP, walk->done, "too many directories without an entry");
}

// One component: into a directory, through a link, or onto a new directory.
static int walk_step(struct walk *walk, const char *component, struct error *err) {
    struct stat st;
    if (fstatat(walk->fd, component, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        return errno == ENOENT ? walk_make(walk, component, false, err) : layer_errno(err, STEP, walk->name);
    }
    if (S_ISDIR(st.st_mode)) return walk_into(walk, component, err) < 0 ? -1 : walk_down(walk, component, err);
    if (S_ISLNK(st.st_mode)) return walk_link(walk, component, err);
    if (!whiteout_is_device(&st)) return refuse(err, walk->name, "a part of the name is not a directory");
    // Whited out below, made anew here.
    if (unlinkat(walk->fd, component, 0) < 0) return layer_errno(err, "replace", walk->name);
    return walk_make(walk, component, true, err);
}

static int walk_run(struct walk *walk, struct error *err) {
    while (walk->rest[0] != '\0') {
        char component[TAR_NAME];
        size_t length = strcspn(walk->rest, "/"), past = length + (walk->rest[length] == '/');
        if (length >= sizeof component) return refuse(err, walk->name, "the name is too long");
        memcpy(component, walk->rest, length);
        component[length] = '\0';
        memmove(walk->rest, walk->rest + past, strlen(walk->rest + past) + 1);
        bool stay = length == 0 || strcmp(component, ".") == 0;
        if (!stay && (strcmp(component, "..") == 0 ? walk_up(walk, err) : walk_step(walk, component, err)) < 0) return -1;
    }
    return 0;
}

static int make_parents(struct root *root, const char *name, struct error *err) {
    struct walk walk = {.root = root, .name = name, .fd = -1};
    strcpy(walk.rest, name);
    int result = walk_reopen(&walk, err) < 0 ? -1 : walk_run(&walk, err);
    if (result < 0) close_fd(&walk.fd);
    return walk.fd;
}

static int open_parent(struct root *root, const char *name, struct error *err) {
    struct stat st;
    root_forget(root);
    close_fd(&root->parent);
    int fd = root_openat(root->fd, name, O_PATH | O_DIRECTORY);
    // ENOTDIR: perhaps a whiteout, to be replaced.
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) fd = make_parents(root, name, err);
    if (fd < 0) return err->code != 0 ? -1 : layer_errno(err, "open", name);
    root->parent = fd;
    if (fstat(fd, &st) < 0) return layer_errno(err, "open", name);
    root->setgid = (st.st_mode & S_ISGID) != 0;
    root->parent_open = true;
    strcpy(root->parent_name, name);
    return 0;
}

int root_parent(struct root *root, const char *name, const char **leaf, struct error *err) {
    const char *slash = strrchr(name, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - name);
    *leaf = slash == NULL ? name : slash + 1;
    if (root->parent_open && strncmp(root->parent_name, name, length) == 0 && strcmp(root->parent_name + length, length == 0 ? "." : "") == 0) {
        return root->parent;
    }
    char parent[TAR_NAME];
    memcpy(parent, length == 0 ? "." : name, length == 0 ? 1 : length);
    parent[length == 0 ? 1 : length] = '\0';
    return open_parent(root, parent, err) < 0 ? -1 : root->parent;
}
