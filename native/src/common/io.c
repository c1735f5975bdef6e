// Whole reads and writes, whole files, atomic files. Knows no format.
#include "io.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

ssize_t io_read_full(int fd, void *buffer, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, (char *)buffer + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

int io_write_full(int fd, const void *buffer, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t put = write(fd, (const char *)buffer + done, size - done);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return -1;
        done += (size_t)put;
    }
    return 0;
}

char *io_read_all(int fd, size_t max, size_t *size) {
    size_t room = 4096, used = 0;
    CLEAN_FREE char *data = malloc(room + 1);
    if (data == NULL) return NULL;
    for (;;) {
        ssize_t got = io_read_full(fd, data + used, room - used);
        if (got < 0) return NULL;
        used += (size_t)got;
        if (used > max) return errno = EFBIG, NULL;
        if (used < room) break;
        room *= 2;
        char *larger = realloc(data, room + 1);
        if (larger == NULL) return NULL;
        data = larger;
    }
    data[used] = '\0';
    *size = used;
    return take_ptr(&data);
}

char *io_read_file(int dirfd, const char *path, size_t max, size_t *size) {
    CLEAN_FD int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) return NULL;
    if (!S_ISREG(st.st_mode)) return errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL, NULL;
    if (st.st_size > 0 && (size_t)st.st_size > max) return errno = EFBIG, NULL;
    return io_read_all(fd, max, size);
}

// A name beside `path` that nobody else uses: the process and its clock in it, O_EXCL decides.
static int open_beside(int dirfd, const char *path, mode_t mode, char *name, size_t size) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(name, size, "%s.%d.%lx.tmp", path, (int)getpid(), (unsigned long)now.tv_nsec);
    if (length < 0 || (size_t)length >= size) return errno = ENAMETOOLONG, -1;
    return openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

static int sync_parent(int dirfd, const char *path) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path);
    if (length >= sizeof parent) return errno = ENAMETOOLONG, -1;
    memcpy(parent, path, length);
    parent[length] = '\0';
    const char *name = slash == NULL ? "." : length == 0 ? "/" : parent;
    CLEAN_FD int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -1 : fsync(fd);
}

// Writes a temporary file and renames it over `path`; with `durable` its content is on the disk first.
static int replace(int dirfd, const char *path, const void *data, size_t size, mode_t mode, bool durable) {
    char name[PATH_MAX];
    CLEAN_FD int fd = open_beside(dirfd, path, mode, name, sizeof name);
    if (fd < 0) return -1;
    if (io_write_full(fd, data, size) < 0 || (durable && fsync(fd) < 0) || renameat(dirfd, name, dirfd, path) < 0) {
        int saved = errno;
        unlinkat(dirfd, name, 0);
        errno = saved;
        return -1;
    }
    return take_fd(&fd);
}

int io_write_atomic(int dirfd, const char *path, const void *data, size_t size, mode_t mode) {
    CLEAN_FD int fd = replace(dirfd, path, data, size, mode, true);
    return fd < 0 ? -1 : sync_parent(dirfd, path);
}

int io_write_replacing(int dirfd, const char *path, const void *data, size_t size, mode_t mode) {
    return replace(dirfd, path, data, size, mode, false);
}

int io_make_durable(int fd, int dirfd, const char *path) {
    return fsync(fd) < 0 ? -1 : sync_parent(dirfd, path);
}
