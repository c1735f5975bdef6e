// A directory as overlayfs shows it. Knows no archive.
#include "layer/stack.h"

#include "layer/whiteout.h"
#include "common/cleanup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE (64u << 10)

static int add_fd(struct stack *stack, int *fd) {
    if (stack->count == stack->room) {
        size_t room = stack->room == 0 ? 1 : stack->room * 2;
        struct stack_directory *larger = realloc(stack->directories, room * sizeof *larger);
        if (larger == NULL) return -1;
        stack->directories = larger;
        stack->room = room;
    }
    stack->directories[stack->count++] = (struct stack_directory){.mark = whiteout_mark(*fd), .fd = *fd};
    *fd = -1;
    return 0;
}

int stack_add(struct stack *stack, const char *path, struct error *err) {
    CLEAN_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || add_fd(stack, &fd) < 0 ? layer_errno(err, "open", path) : 0;
}

int stack_add_all(struct stack *stack, size_t count, const char *const *paths, struct error *err) {
    for (size_t i = 0; i < count; i++)
        if (stack_add(stack, paths[i], err) < 0) return -1;
    return 0;
}

static int add_node(struct stack *stack, const struct node *node) {
    CLEAN_FD int fd = node_read(node, O_DIRECTORY);
    return fd < 0 ? -1 : add_fd(stack, &fd);
}

void stack_free(struct stack *stack) {
    for (size_t i = 0; i < stack->count; i++) close(stack->directories[i].fd);
    free(stack->directories);
    *stack = (struct stack){0};
}

static int grow(void **block, size_t *room, size_t need, size_t unit) {
    if (need <= *room) return 0;
    size_t larger_room = need < 64 ? 64 : need * 2;
    void *larger = realloc(*block, larger_room * unit);
    if (larger == NULL) return -1;
    *block = larger;
    *room = larger_room;
    return 0;
}

static int add_name(struct stack_names *names, const char *name, size_t place) {
    size_t length = strlen(name) + 1;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return 0;
    if (names->size + length > UINT32_MAX) return errno = E2BIG, -1;
    void *text = names->text, *list = names->names;
    int result = grow(&text, &names->room, names->size + length, 1) < 0 || grow(&list, &names->names_room, names->count + 1, sizeof *names->names) < 0 ? -1 : 0;
    names->text = text;
    names->names = list;
    if (result < 0) return -1;
    memcpy(names->text + names->size, name, length);
    names->names[names->count++] = (struct stack_name){(uint32_t)names->size, (uint32_t)place};
    names->size += length;
    return 0;
}

static int read_names(const struct stack *stack, size_t place, struct stack_names *names) {
    CLEAN_FREE char *buffer = malloc(READ_SIZE);
    if (buffer == NULL) return -1;
    for (;;) {
        ssize_t got = getdents64(stack->directories[place].fd, buffer, READ_SIZE);
        if (got < 0 && errno == ENOENT) return 0; // removed while it was open
        if (got <= 0) return (int)got;
        for (ssize_t at = 0; at < got;) {
            const struct dirent64 *entry = (const void *)(buffer + at);
            if (add_name(names, entry->d_name, place) < 0) return -1;
            at += entry->d_reclen;
        }
    }
}

static int compare(const void *one, const void *other, void *text) {
    const struct stack_name *a = one, *b = other;
    int order = strcmp((const char *)text + a->text, (const char *)text + b->text);
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

// A name that is moved about while a directory is read may come twice.
static void drop_doubles(struct stack_names *names) {
    size_t kept = 1;
    for (size_t i = 1; i < names->count; i++)
        if (compare(&names->names[i], &names->names[kept - 1], names->text) != 0) names->names[kept++] = names->names[i];
    names->count = kept;
}

int stack_read(const struct stack *stack, struct stack_names *names) {
    for (size_t i = 0; i < stack->count; i++)
        if (read_names(stack, i, names) < 0) return -1;
    if (names->count == 0) return 0;
    qsort_r(names->names, names->count, sizeof *names->names, compare, names->text);
    drop_doubles(names);
    return 0;
}

void stack_names_free(struct stack_names *names) {
    free(names->text);
    free(names->names);
    *names = (struct stack_names){0};
}

size_t stack_names_end(const struct stack_names *names, size_t first) {
    size_t end = first + 1;
    while (end < names->count && strcmp(names->text + names->names[end].text, names->text + names->names[first].text) == 0) end++;
    return end;
}

int stack_open(const struct stack *stack, const struct stack_names *names, size_t index, struct node *node) {
    const struct stack_directory *directory = &stack->directories[names->names[index].place];
    return node_open(node, directory->fd, names->text + names->names[index].text, directory->mark == 'x');
}

int stack_enter(const struct stack *stack, const struct stack_names *names, size_t first, size_t end, struct stack *child) {
    for (size_t i = first; i < end; i++) {
        CLEAN_NODE struct node node = NODE_NONE;
        int found = stack_open(stack, names, i, &node);
        if (found < 0) return -1;
        if (found == 0) return 0; // gone since
        child->covered = !S_ISDIR(node.st.st_mode);
        if (child->covered) return 0;
        if (add_node(child, &node) < 0) return -1;
        child->covered = child->directories[child->count - 1].mark == 'y';
        if (child->covered) return 0;
    }
    return 0;
}
