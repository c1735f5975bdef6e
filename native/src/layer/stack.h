// A directory as overlayfs shows it: the directories that make it up, top first, and their names. Knows no archive.
#ifndef SLIPWAY_LAYER_STACK_H
#define SLIPWAY_LAYER_STACK_H

#include "layer/layer_error.h"
#include "layer/node.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stack_directory {
    int fd;
    char mark; // whiteout_mark
};

/** Starts empty: `{0}`. */
struct stack {
    size_t count, room;
    struct stack_directory *directories;
    bool covered; // nothing of what lies below these directories shows
};

/** Adds the directory at `path` below those that are there. 0 or -1. */
int stack_add(struct stack *stack, const char *path, struct error *err);

/** The same for several, top first. */
int stack_add_all(struct stack *stack, size_t count, const char *const *paths, struct error *err);

void stack_free(struct stack *stack);

/** A name and the directory (its place in the stack) that has it. */
struct stack_name {
    uint32_t text;
    uint32_t place;
};

/** Starts empty: `{0}`. */
struct stack_names {
    char *text;
    size_t size, room;
    struct stack_name *names;
    size_t count, names_room;
};

/** All names of all directories, sorted by their bytes, the topmost of each first. 0 or -1 with errno. */
int stack_read(const struct stack *stack, struct stack_names *names);

void stack_names_free(struct stack_names *names);

/** The names that are the same as number `first`: the number behind the last of them. */
size_t stack_names_end(const struct stack_names *names, size_t first);

/** Opens name number `index`. As {@link node_open}. */
int stack_open(const struct stack *stack, const struct stack_names *names, size_t index, struct node *node);

/**
 * The directories below the names `first` to `end` as one: up to the first that is no directory, or that hides those below it.
 * `child` starts empty. 0 or -1 with errno.
 */
int stack_enter(const struct stack *stack, const struct stack_names *names, size_t first, size_t end, struct stack *child);

#endif
