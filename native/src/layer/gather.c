// Writes a tree as an archive. Knows no compression and no digest.
#include "layer/gather.h"

#include "layer/gather_file.h"
#include "layer/whiteout.h"
#include "common/cleanup.h"
#include "common/xattrs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#define STEP "read"

static int read_failed(const struct gather *gather, struct error *err) {
    return layer_errno(err, STEP, gather->path);
}

// What can't be told is left out and named, not fatal: a socket is nothing without its process.
static int skip(struct gather *gather, struct error *err) {
    size_t index;
    return names_add(&gather->skipped, gather->path, &index) < 0 && errno != E2BIG ? read_failed(gather, err) : 0;
}

static int compare_names(const void *one, const void *other) {
    return strcmp(((const struct tar_xattr *)one)->name, ((const struct tar_xattr *)other)->name);
}

static int read_xattrs(struct gather *gather, const struct node *node, struct error *err) {
    struct tar_entry *entry = &gather->entry;
    long size = node_xattrs(node, gather->xattrs, GATHER_XATTRS);
    if (size < 0) return errno == ENOTSUP ? 0 : read_failed(gather, err);
    char *end = gather->xattrs + size, *value = end;
    for (const char *name = gather->xattrs; name < end; name += strlen(name) + 1) {
        if (!xattrs_allowed(name)) continue;
        long length = node_xattr(node, name, value, (size_t)(gather->xattrs + GATHER_XATTRS - value));
        if (length < 0 && (errno == ENODATA || errno == ENOTSUP || errno == EACCES || errno == EPERM)) continue; // gone since, or not for us
        if (length < 0 && errno != ERANGE) return read_failed(gather, err);
        if (length < 0 || entry->xattr_count == TAR_XATTRS_MAX) return layer_fail(err, LAYER_REFUSED, STEP, gather->path, "it has too many attributes");
        entry->xattrs[entry->xattr_count++] = (struct tar_xattr){name, value, (size_t)length};
        value += length;
    }
    qsort(entry->xattrs, entry->xattr_count, sizeof entry->xattrs[0], compare_names);
    return 0;
}

static void fill(struct gather *gather, enum tar_type type, const struct stat *st) {
    struct tar_entry *entry = &gather->entry;
    memcpy(entry->name, gather->path, gather->length + 1);
    entry->type = type;
    entry->mode = st->st_mode & 07777;
    entry->uid = st->st_uid;
    entry->gid = st->st_gid;
    entry->mtime = st->st_mtim;
    entry->major = major(st->st_rdev);
    entry->minor = minor(st->st_rdev);
    entry->size = type == TAR_FILE ? (uint64_t)st->st_size : 0;
    entry->link[0] = '\0';
    entry->sparse = false;
    entry->piece_count = entry->xattr_count = 0;
}

static int put_entry(struct gather *gather, struct error *err) {
    gather->entries++;
    return tar_write_entry(&gather->writer, &gather->entry, err);
}

static int put_file(struct gather *gather, const struct node *node, struct error *err) {
    struct stat st;
    CLEAN_FD int fd = node_read(node, 0);
    // Its size may be another one by now.
    if (fd < 0 || fstat(fd, &st) < 0) return read_failed(gather, err);
    fill(gather, TAR_FILE, &st);
    if (!gather->merged && gather_file_holes(gather, fd, &st, err) < 0) return -1;
    if (read_xattrs(gather, node, err) < 0 || put_entry(gather, err) < 0) return -1;
    return gather_file_data(gather, fd, err);
}

static int put_symlink(struct gather *gather, const struct node *node, struct error *err) {
    fill(gather, TAR_SYMLINK, &node->st);
    ssize_t length = readlinkat(node->fd, "", gather->entry.link, sizeof gather->entry.link);
    if (length < 0) return read_failed(gather, err);
    if ((size_t)length >= sizeof gather->entry.link) return layer_fail(err, LAYER_REFUSED, STEP, gather->path, "the link's target is too long");
    gather->entry.link[length] = '\0';
    return read_xattrs(gather, node, err) < 0 ? -1 : put_entry(gather, err);
}

static int put_node(struct gather *gather, const struct node *node, enum tar_type type, struct error *err) {
    fill(gather, type, &node->st);
    return read_xattrs(gather, node, err) < 0 ? -1 : put_entry(gather, err);
}

// 1 when the file is another name of one that was written.
static int put_link(struct gather *gather, const struct node *node, struct error *err) {
    const char *first = links_first(&gather->links, node, gather->path);
    if (first == NULL && errno == E2BIG) return layer_fail(err, LAYER_TOO_LARGE, STEP, gather->path, "the names of all hard links are longer than 256 MiB");
    if (first == NULL) return read_failed(gather, err);
    if (first == gather->path) return 0;
    fill(gather, TAR_LINK, &node->st);
    memcpy(gather->entry.link, first, strlen(first) + 1);
    return put_entry(gather, err) < 0 ? -1 : 1;
}

// A whiteout in a layer is an empty file of a special name; it has no time of its own.
static int put_whiteout(struct gather *gather, const char *name, struct error *err) {
    static const struct stat nothing = {.st_mode = 0};
    fill(gather, TAR_FILE, &nothing);
    char *slash = strrchr(gather->path, '/');
    size_t parent = slash == NULL ? 0 : (size_t)(slash + 1 - gather->path);
    if (parent + strlen(WHITEOUT_PREFIX) + strlen(name) >= TAR_NAME) return layer_fail(err, LAYER_REFUSED, STEP, gather->path, "the name is too long");
    memcpy(gather->entry.name + parent, WHITEOUT_PREFIX, sizeof WHITEOUT_PREFIX);
    strcat(gather->entry.name, name);
    return put_entry(gather, err);
}

static int put_opaque(struct gather *gather, struct error *err) {
    static const struct stat nothing = {.st_mode = 0};
    fill(gather, TAR_FILE, &nothing);
    if (gather->length + sizeof WHITEOUT_OPAQUE + 1 > TAR_NAME) return layer_fail(err, LAYER_REFUSED, STEP, gather->path, "the name is too long");
    strcat(gather->entry.name, "/" WHITEOUT_OPAQUE);
    return put_entry(gather, err);
}

static int gather_content(struct gather *gather, const struct stack *stack, struct error *err);

static int put_directory(struct gather *gather, const struct node *node, const struct stack *inside, struct error *err) {
    int hidden = hidden_is(&gather->hidden, gather->path, node, inside);
    if (hidden != 0) return hidden < 0 ? read_failed(gather, err) : 0;
    if (put_node(gather, node, TAR_DIRECTORY, err) < 0) return -1;
    if (!gather->merged && inside->covered && put_opaque(gather, err) < 0) return -1;
    return gather_content(gather, inside, err);
}

static int gather_directory(struct gather *gather, const struct node *node, const struct stack *stack, const struct stack_names *names, size_t first, size_t end,
                            struct error *err) {
    struct stack inside = {0};
    int result = stack_enter(stack, names, first, end, &inside) < 0 ? read_failed(gather, err) : put_directory(gather, node, &inside, err);
    stack_free(&inside);
    return result;
}

static int gather_other(struct gather *gather, const struct node *node, struct error *err) {
    const struct stat *st = &node->st;
    if (S_ISSOCK(st->st_mode)) return skip(gather, err);
    if (hidden_is(&gather->hidden, gather->path, node, NULL) > 0) return 0;
    int linked = put_link(gather, node, err);
    if (linked != 0) return linked < 0 ? -1 : 0;
    switch (st->st_mode & S_IFMT) {
    case S_IFREG: return put_file(gather, node, err);
    case S_IFLNK: return put_symlink(gather, node, err);
    case S_IFIFO: return put_node(gather, node, TAR_FIFO, err);
    default: return put_node(gather, node, S_ISCHR(st->st_mode) ? TAR_CHARACTER : TAR_BLOCK_DEVICE, err);
    }
}

// The files of one name, of which only the topmost is seen, but for directories.
static int gather_name(struct gather *gather, const struct stack *stack, const struct stack_names *names, size_t first, size_t end, struct error *err) {
    CLEAN_NODE struct node node = NODE_NONE;
    const char *name = names->text + names->names[first].text;
    int found = stack_open(stack, names, first, &node);
    if (found <= 0) return found < 0 ? read_failed(gather, err) : 0;
    if (node.whiteout) return gather->merged ? 0 : put_whiteout(gather, name, err);
    // In a layer this name would take away another file.
    if (!gather->merged && whiteout_is(name)) return skip(gather, err);
    if (S_ISDIR(node.st.st_mode)) return gather_directory(gather, &node, stack, names, first, end, err);
    return gather_other(gather, &node, err);
}

// Puts a name behind the present path; the length before, or -1.
static int path_into(struct gather *gather, const char *name, size_t *before, struct error *err) {
    size_t length = strlen(name), slash = *before = gather->length == 1 && gather->path[0] == '.' ? 0 : gather->length;
    if (slash + length + 2 > TAR_NAME) return layer_fail(err, LAYER_REFUSED, STEP, gather->path, "the name of a file in it is too long");
    if (slash > 0) gather->path[slash++] = '/';
    memcpy(gather->path + slash, name, length + 1);
    gather->length = slash + length;
    return 0;
}

static void path_back(struct gather *gather, size_t before) {
    gather->length = before;
    if (before == 0) gather->path[gather->length++] = '.';
    gather->path[gather->length] = '\0';
}

static int gather_names(struct gather *gather, const struct stack *stack, const struct stack_names *names, struct error *err) {
    for (size_t first = 0; first < names->count;) {
        size_t end = stack_names_end(names, first), before;
        if (path_into(gather, names->text + names->names[first].text, &before, err) < 0) return -1;
        if (gather_name(gather, stack, names, first, end, err) < 0) return -1;
        path_back(gather, before);
        first = end;
    }
    return 0;
}

static int gather_content(struct gather *gather, const struct stack *stack, struct error *err) {
    struct stack_names names = {0};
    int result = stack_read(stack, &names) < 0 ? read_failed(gather, err) : gather_names(gather, stack, &names, err);
    stack_names_free(&names);
    return result;
}

int gather_run(struct gather *gather, struct error *err) {
    CLEAN_NODE struct node node = NODE_NONE;
    gather->xattrs = malloc(GATHER_XATTRS);
    if (gather->xattrs == NULL) return layer_errno(err, STEP, NULL);
    path_back(gather, 0);
    if (node_open(&node, gather->top.directories[0].fd, ".", false) <= 0) return read_failed(gather, err);
    if (put_node(gather, &node, TAR_DIRECTORY, err) < 0 || gather_content(gather, &gather->top, err) < 0) return -1;
    return tar_write_end(&gather->writer);
}

void gather_free(struct gather *gather) {
    stack_free(&gather->top);
    tar_write_free(&gather->writer);
    links_free(&gather->links);
    free(gather->xattrs);
    free(gather->pieces);
}
