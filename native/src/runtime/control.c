// The socket between the parent and the process that becomes the container's.
#include "control.h"

#include "common/cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int control_pair(int pair[2], struct error *err) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0) return 0;
    pair[0] = pair[1] = -1;
    return error_errno(err, "make a socket pair", NULL);
}

union rights {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
};

int control_connect(const char *path, const char *step, struct error *err) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return error_set(err, ENAMETOOLONG, step, path, "path too long");
    strcpy(address.sun_path, path); // fits: checked above
    CLEAN_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return error_errno(err, step, path);
    return take_fd(&fd);
}

static ssize_t send_some(int socket, const void *data, size_t size, int fd) {
    union rights rights = {0};
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        head.msg_control = &rights;
        head.msg_controllen = sizeof rights.space;
        rights.head.cmsg_level = SOL_SOCKET;
        rights.head.cmsg_type = SCM_RIGHTS;
        rights.head.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&rights.head), &fd, sizeof fd);
    }
    ssize_t sent;
    do sent = sendmsg(socket, &head, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

int control_send_bytes(int socket, const void *data, size_t size, int fd) {
    for (const char *at = data; size > 0; fd = -1) {
        ssize_t sent = send_some(socket, at, size, fd);
        if (sent < 0) return -1;
        at += sent;
        size -= (size_t)sent;
    }
    return 0;
}

int control_send(int socket, const struct control_message *message, int fd) {
    return control_send_bytes(socket, message, sizeof *message, fd);
}

int control_receive(int socket, struct control_message *message, int *fd) {
    union rights rights = {0};
    struct iovec part = {.iov_base = message, .iov_len = sizeof *message};
    struct msghdr head = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights.space};
    ssize_t got;
    *fd = -1;
    do got = recvmsg(socket, &head, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got <= 0) return (int)got;
    struct cmsghdr *first = CMSG_FIRSTHDR(&head);
    if (first != NULL && first->cmsg_type == SCM_RIGHTS) memcpy(fd, CMSG_DATA(first), sizeof *fd);
    if ((size_t)got != sizeof *message) return errno = EPROTO, -1;
    return 1;
}
