// One file of a tree that others may be changing: opened without following or running anything, then looked at. Knows no archive.
#ifndef SLIPWAY_LAYER_NODE_H
#define SLIPWAY_LAYER_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct node {
    int fd; // O_PATH: of the name itself, whatever it is
    struct stat st;
    bool whiteout;
};

/** Starts as NODE_NONE; closed with {@link node_close}, or by CLEAN_NODE at the end of the scope. */
#define NODE_NONE ((struct node){.fd = -1})
#define CLEAN_NODE __attribute__((cleanup(node_close)))

/**
 * Opens `name` in the directory `parent`; `marks`: whiteouts may be empty files with an attribute there. 1; 0 when the name is
 * gone; -1 with errno.
 */
int node_open(struct node *node, int parent, const char *name, bool marks);

/** The same file opened for reading (`flags` besides: O_DIRECTORY); only for regular files and directories. -1 with errno. */
int node_read(const struct node *node, int flags);

/** The value of the extended attribute `name`: its size, or -1 with errno. */
long node_xattr(const struct node *node, const char *name, void *value, size_t size);

/** The names of all extended attributes, each with a zero byte; their size, or -1 with errno. */
long node_xattrs(const struct node *node, char *list, size_t size);

void node_close(struct node *node);

#endif
