// Cleanup attributes: a local owns its resource until it is handed on with take_fd/take_ptr. Knows no module.
#ifndef SLIPWAY_CLEANUP_H
#define SLIPWAY_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_fd(int *fd) {
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
}

static inline void cleanup_free(void *pointer) {
    free(*(void **)pointer);
}

static inline void cleanup_dir(DIR **dir) {
    if (*dir != NULL) closedir(*dir);
}

static inline void cleanup_file(FILE **file) {
    if (*file != NULL) fclose(*file);
}

/** `CLEAN_FD int fd = open(…);` closes at the end of the scope, keeping errno. */
#define CLEAN_FD __attribute__((cleanup(cleanup_fd)))
/** `CLEAN_FREE char *text = …;` */
#define CLEAN_FREE __attribute__((cleanup(cleanup_free)))
#define CLEAN_DIR __attribute__((cleanup(cleanup_dir)))
#define CLEAN_FILE __attribute__((cleanup(cleanup_file)))

/** Hands a descriptor on: the local no longer owns it. */
static inline int take_fd(int *fd) {
    int value = *fd;
    *fd = -1;
    return value;
}

/** Hands a heap pointer on: `return take_ptr(&text);` */
#define take_ptr(pointer)                        \
    __extension__({                              \
        __typeof__(pointer) place_ = (pointer);  \
        __typeof__(*place_) value_ = *place_;    \
        *place_ = NULL;                          \
        value_;                                  \
    })

/** Closes now, and not again at the end of the scope. */
static inline void close_fd(int *fd) {
    cleanup_fd(fd);
    *fd = -1;
}

#endif
