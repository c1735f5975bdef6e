// A Unix stream socket that carries frames. Knows no frame's meaning.
#include "client/connection.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

static int connection_open_short(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) return errno = ENAMETOOLONG, -1;
    memcpy(address.sun_path, path, length + 1);
    CLEAN_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return -1;
    return take_fd(&fd);
}

// An address holds 107 bytes, so the directory is named by its descriptor.
int connection_open_at(int dirfd, const char *name) {
    char path[sizeof(struct sockaddr_un)];
    int length = snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dirfd, name);
    if (length < 0 || (size_t)length >= sizeof path) return errno = ENAMETOOLONG, -1;
    return connection_open_short(path);
}

int connection_open(const char *path) {
    if (strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path)) return connection_open_short(path);
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) return errno = ENAMETOOLONG, -1;
    CLEAN_FREE char *parent = strndup(path, (size_t)(slash - path));
    CLEAN_FD int dir = parent == NULL ? -1 : open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return dir < 0 ? -1 : connection_open_at(dir, slash + 1);
}

int connection_send(int fd, enum frame_type type, const void *payload, size_t size) {
    uint8_t header[FRAME_HEADER];
    frame_header(header, type, (uint32_t)size);
    struct iovec parts[2] = {{header, sizeof header}, {(void *)(uintptr_t)payload, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    while (parts[0].iov_len + parts[1].iov_len > 0) {
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return -1;
        for (size_t i = 0, left = (size_t)sent; i < 2; i++) {
            size_t step = left < parts[i].iov_len ? left : parts[i].iov_len;
            parts[i].iov_base = (uint8_t *)parts[i].iov_base + step;
            parts[i].iov_len -= step;
            left -= step;
        }
    }
    return 0;
}

ssize_t reader_fill(struct reader *reader) {
    size_t kept = reader->end - reader->start;
    memmove(reader->buffer, reader->buffer + reader->start, kept);
    ssize_t got = recv(reader->fd, reader->buffer + kept, READER_SIZE - kept, MSG_DONTWAIT);
    reader->start = 0;
    reader->end = kept + (got > 0 ? (size_t)got : 0);
    return got;
}

static bool reader_streams(const struct reader *reader) {
    return reader->type == FRAME_STDOUT || reader->type == FRAME_STDERR;
}

// Takes a header when one is whole.
static enum reader_result reader_header(struct reader *reader) {
    if (reader->end - reader->start < FRAME_HEADER) return READER_EMPTY;
    if (!frame_parse(reader->buffer + reader->start, &reader->type, &reader->left)) return READER_BAD;
    reader->start += FRAME_HEADER;
    reader->inside = true;
    reader_free(reader);
    if (reader_streams(reader)) return READER_PIECE;
    reader->whole = malloc((size_t)reader->left + 1);
    return reader->whole == NULL ? READER_BAD : READER_PIECE;
}

enum reader_result reader_next(struct reader *reader, struct piece *piece) {
    enum reader_result result = reader->inside ? READER_PIECE : reader_header(reader);
    if (result != READER_PIECE) return result;
    const uint8_t *data = reader->buffer + reader->start;
    size_t here = reader->end - reader->start, size = here < reader->left ? here : reader->left;
    reader->start += size;
    reader->left -= (uint32_t)size;
    if (reader_streams(reader)) {
        reader->inside = reader->left > 0;
        *piece = (struct piece){reader->type, data, size};
        return size == 0 && reader->inside ? READER_EMPTY : READER_PIECE;
    }
    memcpy(reader->whole + reader->gathered, data, size);
    reader->gathered += size;
    if (reader->left > 0) return READER_EMPTY;
    reader->inside = false;
    *piece = (struct piece){reader->type, reader->whole, reader->gathered};
    return READER_PIECE;
}

void reader_free(struct reader *reader) {
    free(reader->whole);
    reader->whole = NULL;
    reader->gathered = 0;
}
