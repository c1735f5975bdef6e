// A tree copied to an empty directory so that overlayfs takes one for the other. Knows no archive.
//
// What is read may be a container's that runs: every name is opened without following it, below a directory that is open already, and
// what was looked at is what is copied (node.c). Nobody else writes where the copy goes.
#include "layer/copy.h"

#include "layer/copy_attributes.h"
#include "layer/copy_file.h"
#include "layer/links.h"
#include "layer/space.h"
#include "layer/stack.h"
#include "layer/tar.h"
#include "common/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define STEP "copy"
#define NAMES_MAX (256u << 20)

struct copy {
    int root;            // where it goes
    struct space space;
    struct links links;
    struct copy_file way;
    char path[TAR_NAME]; // of the present file, relative
    size_t length;
    struct copied *copied;
    struct error *err;
};

static int copy_failed(struct copy *copy) {
    return layer_errno(copy->err, STEP, copy->path);
}

static int copy_content(struct copy *copy, const struct node *node, int parent, const char *name) {
    struct stat st;
    CLEAN_FD int from = node_read(node, 0);
    // Its size may be another one by now.
    if (from < 0 || fstat(from, &st) < 0) return copy_failed(copy);
    CLEAN_FD int to = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int64_t written = to < 0 ? -1 : copy_file_content(&copy->way, from, to, st.st_size);
    if (written < 0) return copy_failed(copy);
    copy->copied->bytes += (uint64_t)written;
    return space_took_bytes(&copy->space, (uint64_t)written, copy->path, copy->err);
}

static int copy_symlink(struct copy *copy, const struct node *node, int parent, const char *name) {
    char target[PATH_MAX];
    ssize_t length = readlinkat(node->fd, "", target, sizeof target - 1);
    if (length < 0) return copy_failed(copy);
    target[length] = '\0';
    return symlinkat(target, parent, name) < 0 ? copy_failed(copy) : 0;
}

// 1 when the file is another name of one that was copied.
static int copy_link(struct copy *copy, const struct node *node, int parent, const char *name) {
    const char *first = links_first(&copy->links, node, copy->path);
    if (first == NULL && errno == E2BIG) return layer_fail(copy->err, LAYER_TOO_LARGE, STEP, copy->path, "the names of all hard links are longer than 256 MiB");
    if (first == NULL) return copy_failed(copy);
    if (first == copy->path) return 0;
    return linkat(copy->root, first, parent, name, 0) < 0 ? copy_failed(copy) : 1;
}

static int copy_other(struct copy *copy, const struct node *node, int parent, const char *name) {
    int result = copy_link(copy, node, parent, name);
    if (result != 0) return result < 0 ? -1 : 0;
    if (S_ISREG(node->st.st_mode)) result = copy_content(copy, node, parent, name);
    else if (S_ISLNK(node->st.st_mode)) result = copy_symlink(copy, node, parent, name);
    // Whiteouts, FIFOs, sockets and devices are nothing but their node.
    else if (mknodat(parent, name, (node->st.st_mode & S_IFMT) | 0600, node->st.st_rdev) < 0) result = copy_failed(copy);
    if (result < 0) return -1;
    return copy_attributes(node, parent, name) < 0 ? copy_failed(copy) : 0;
}

static int copy_inside(struct copy *copy, const struct stack *from, int to);

// Its attributes come last: what is put in it changes its time, and its mode may forbid that.
static int copy_directory(struct copy *copy, const struct stack *from, const struct stack_names *names, size_t index, const struct node *node, int parent, const char *name) {
    struct stack inside = {0};
    int result = mkdirat(parent, name, 0700);
    CLEAN_FD int to = result < 0 ? -1 : openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (to < 0 || stack_enter(from, names, index, index + 1, &inside) < 0) result = copy_failed(copy);
    // Empty when the name leads to something else by now.
    else if (inside.count > 0) result = copy_inside(copy, &inside, to);
    stack_free(&inside);
    if (result < 0) return -1;
    return copy_attributes(node, parent, name) < 0 ? copy_failed(copy) : 0;
}

static int copy_name(struct copy *copy, const struct stack *from, const struct stack_names *names, size_t index, int to) {
    CLEAN_NODE struct node node = NODE_NONE;
    const char *name = names->text + names->names[index].text;
    int found = stack_open(from, names, index, &node);
    if (found <= 0) return found < 0 ? copy_failed(copy) : 0;
    copy->copied->entries++;
    if (space_took_file(&copy->space, copy->path, copy->err) < 0) return -1;
    return S_ISDIR(node.st.st_mode) ? copy_directory(copy, from, names, index, &node, to, name) : copy_other(copy, &node, to, name);
}

static int copy_names(struct copy *copy, const struct stack *from, const struct stack_names *names, int to) {
    size_t before = copy->length, slash = before == 0 ? 0 : before + 1;
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->text + names->names[i].text;
        size_t length = strlen(name);
        if (slash + length >= TAR_NAME) return layer_fail(copy->err, LAYER_REFUSED, STEP, copy->path, "the name of a file in it is too long");
        if (slash > 0) copy->path[before] = '/';
        memcpy(copy->path + slash, name, length + 1);
        copy->length = slash + length;
        if (copy_name(copy, from, names, i, to) < 0) return -1;
        copy->path[copy->length = before] = '\0';
    }
    return 0;
}

static int copy_inside(struct copy *copy, const struct stack *from, int to) {
    struct stack_names names = {0};
    int result = stack_read(from, &names) < 0 ? copy_failed(copy) : copy_names(copy, from, &names, to);
    stack_names_free(&names);
    return result;
}

static int copy_root(struct copy *copy, const char *from, bool shell) {
    CLEAN_NODE struct node node = NODE_NONE;
    struct stack top = {0};
    int result = stack_add(&top, from, copy->err);
    if (result == 0 && node_open(&node, top.directories[0].fd, ".", false) <= 0) result = layer_errno(copy->err, "open", from);
    if (result == 0 && !shell) result = copy_inside(copy, &top, copy->root);
    if (result == 0 && copy_attributes(&node, copy->root, ".") < 0) result = copy_failed(copy);
    stack_free(&top);
    if (result < 0) space_explain(&copy->space, copy->err);
    return result;
}

int copy_tree(const char *from, const char *to, bool shell, struct copied *copied, struct error *err) {
    struct copy *copy = calloc(1, sizeof *copy);
    if (copy == NULL) return layer_errno(err, "start", NULL);
    *copy = (struct copy){.links = {.files = {.max = NAMES_MAX}, .paths = {.max = NAMES_MAX}}, .copied = copied, .err = err};
    CLEAN_FD int root = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    copy->root = copy->space.fd = root;
    int result = root < 0 ? layer_errno(err, "open", to) : copy_root(copy, from, shell);
    links_free(&copy->links);
    copy_file_free(&copy->way);
    free(copy);
    return result;
}
