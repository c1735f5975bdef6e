// Bytes on their way to standard output or standard error. Knows no frames.
//
// O_NONBLOCK would change the descriptor for every process that shares it (the person's shell), so each kind of file is
// asked in its own way not to wait.
#include "client/output.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

// After POLLOUT a pipe takes PIPE_BUF bytes, a terminal a little more than it has room for.
static ssize_t output_some(int fd, const void *data, size_t size) {
    return write(fd, data, size < PIPE_BUF ? size : PIPE_BUF);
}

static ssize_t output_pipe(int fd, const void *data, size_t size) {
    static bool plain;
    struct iovec part = {(void *)(uintptr_t)data, size};
    ssize_t put = plain ? -1 : pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
    if (put >= 0 || (!plain && errno != EOPNOTSUPP)) return put;
    plain = true; // kernels before 6.5
    return output_some(fd, data, size);
}

static ssize_t output_once(int fd, const void *data, size_t size) {
    static mode_t kinds[3];
    mode_t *kind = &kinds[fd];
    struct stat st;
    if (*kind == 0) *kind = fstat(fd, &st) < 0 ? S_IFCHR : st.st_mode & S_IFMT;
    switch (*kind) {
    case S_IFREG: return write(fd, data, size);
    case S_IFIFO: return output_pipe(fd, data, size);
    case S_IFSOCK: return send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    default: return output_some(fd, data, size);
    }
}

int output_push(struct output *output) {
    if (output->size == 0) return 0;
    ssize_t put = output_once(output->fd, output->data, output->size);
    if (put < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
    output->data = (const char *)output->data + put;
    output->size -= (size_t)put;
    return 0;
}
