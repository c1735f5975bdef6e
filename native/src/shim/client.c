// Clients of the attach socket: connection, sending, closing. Reading their frames is client_frames.c.
#include "client.h"

#include "client_frames.h"
#include "common/cleanup.h"
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

// The address of `path`; one too long for sun_path goes by a descriptor of its directory, held in `*dir`.
static int make_address(const char *path, struct sockaddr_un *address, int *dir, struct error *err) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) < sizeof address->sun_path) {
        strcpy(address->sun_path, path); // fits: checked above
        return 0;
    }
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash - path) >= sizeof parent) return error_set(err, ENAMETOOLONG, "listen", path, "path too long");
    memcpy(parent, path, (size_t)(slash - path));
    parent[slash - path] = '\0';
    *dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0) return error_errno(err, "listen", parent);
    int length = snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", *dir, slash + 1);
    if ((size_t)length >= sizeof address->sun_path) return error_set(err, ENAMETOOLONG, "listen", path, "name too long");
    return 0;
}

int client_listen(const char *path, struct error *err) {
    struct sockaddr_un address;
    struct stat st;
    CLEAN_FD int dir = -1;
    CLEAN_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return error_errno(err, "listen", path);
    if (make_address(path, &address, &dir, err) < 0) return -1;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) unlink(path); // left by a shim that was killed
    mode_t mask = umask(0177);
    int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
    umask(mask);
    if (bound < 0 || listen(fd, 128) < 0) return error_errno(err, "listen", path);
    return take_fd(&fd);
}

bool client_is_own(int fd) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

static void client_close(struct shim *shim, struct client *client) {
    bool watched = (client->flags & HELLO_WATCH) != 0;
    for (struct client **at = &shim->clients; *at != NULL; at = &(*at)->next) {
        if (*at != client) continue;
        *at = client->next;
        break;
    }
    loop_close(&shim->loop, &client->source);
    free(client->buffer);
    free(client);
    if (watched) shim_release(shim);
}

// What is waited for: requests (unless the process's input is full), and room when something is unsent.
static void update_interest(struct shim *shim, struct client *client) {
    uint32_t events = client->used > 0 ? EPOLLOUT : 0;
    bool waits = input_is_full(&shim->input) && (client->flags & HELLO_STDIN) != 0;
    if (!client->closing && !waits) events |= EPOLLIN;
    loop_watch(&shim->loop, &client->source, events == 0 ? EPOLLRDHUP : events);
}

// Room for `more` bytes behind what is there; false: no memory.
static bool reserve(struct client *client, size_t more) {
    if (client->start + client->used + more <= client->room) return true;
    if (client->start > 0) memmove(client->buffer, client->buffer + client->start, client->used);
    client->start = 0;
    size_t room = client->room == 0 ? 64 * 1024 : client->room;
    while (room < client->used + more) room *= 2;
    char *larger = room == client->room ? client->buffer : realloc(client->buffer, room);
    if (larger == NULL) return false;
    client->buffer = larger;
    client->room = room;
    return true;
}

// Sends what is buffered; false when the client is gone.
static bool flush(struct client *client) {
    while (client->used > 0) {
        ssize_t sent = send(client->source.fd, client->buffer + client->start, client->used, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return errno == EAGAIN;
        client->start += (size_t)sent;
        client->used -= (size_t)sent;
    }
    free(client->buffer);
    client->buffer = NULL;
    client->start = client->room = 0;
    return true;
}

// Sends a frame, buffering what does not go at once. A client that is gone is found by its own event.
static void client_send(struct shim *shim, struct client *client, enum frame_type type, const void *data, size_t size) {
    uint8_t head[FRAME_HEADER];
    struct iovec parts[] = {{head, sizeof head}, {(void *)(uintptr_t)data, size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    frame_header(head, type, (uint32_t)size);
    ssize_t sent = client->used > 0 ? 0 : sendmsg(client->source.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) sent = 0; // EAGAIN, or gone: then its event says so
    for (int i = 0; i < 2; i++) {
        size_t skip = (size_t)sent < parts[i].iov_len ? (size_t)sent : parts[i].iov_len;
        size_t rest = parts[i].iov_len - skip;
        sent -= (ssize_t)skip;
        if (rest == 0) continue;
        if (!reserve(client, rest)) {
            client->closing = true; // a hole in the stream would be worse than its end
            return;
        }
        memcpy(client->buffer + client->start + client->used, (char *)parts[i].iov_base + skip, rest);
        client->used += rest;
    }
    update_interest(shim, client);
}

void client_refuse(struct shim *shim, struct client *client, const char *sentence) {
    client_send(shim, client, FRAME_ERROR, sentence, strlen(sentence));
    client->closing = true;
}

static void greet(struct shim *shim, struct client *client) {
    uint8_t answer[6] = {1, shim->tty};
    put_u32be(answer + 2, (uint32_t)shim->container.pid);
    client_send(shim, client, FRAME_HELLO_OK, answer, sizeof answer);
}

static void client_ready(struct source *source, uint32_t events, void *context) {
    struct client *client = (struct client *)source;
    struct shim *shim = context;
    bool was_greeted = client->greeted, alive = true;
    const char *complaint = NULL;
    if ((events & EPOLLOUT) != 0) alive = flush(client);
    if (alive && (events & EPOLLIN) != 0 && !client->closing) alive = client_frames_read(shim, client, &complaint);
    else if ((events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) alive = false;
    if (alive && complaint != NULL) client_refuse(shim, client, complaint);
    if (!alive || (client->closing && client->used == 0)) return client_close(shim, client);
    if (client->greeted && !was_greeted) greet(shim, client);
    if (client->greeted && !was_greeted && (client->flags & HELLO_OUTPUT) != 0) shim_release(shim);
    update_interest(shim, client);
}

void client_accept(struct source *listener, uint32_t events, void *context) {
    struct shim *shim = context;
    (void)events;
    for (;;) {
        CLEAN_FD int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
        if (fd < 0) return;
        struct client *client = client_is_own(fd) ? calloc(1, sizeof *client) : NULL;
        if (client == NULL) continue;
        client->source = (struct source){.fd = take_fd(&fd), .ready = client_ready};
        client->next = shim->clients;
        shim->clients = client;
        update_interest(shim, client);
    }
}

void client_broadcast(struct shim *shim, enum frame_type type, const void *data, size_t size) {
    for (struct client *client = shim->clients; client != NULL; client = client->next)
        if ((client->flags & HELLO_OUTPUT) != 0 && !client->closing) client_send(shim, client, type, data, size);
}

void client_end_all(struct shim *shim, int exit_code) {
    uint8_t code[4];
    put_u32be(code, (uint32_t)exit_code);
    for (struct client *client = shim->clients, *next; client != NULL; client = next) {
        next = client->next;
        bool refused = client->closing; // nobody waits for it
        if (!refused) client_send(shim, client, FRAME_EXIT, code, sizeof code);
        client->closing = true;
        if (refused || client->used == 0) client_close(shim, client);
        else update_interest(shim, client);
    }
}

bool client_any_watch(const struct shim *shim) {
    for (const struct client *client = shim->clients; client != NULL; client = client->next)
        if (client->greeted && (client->flags & HELLO_WATCH) != 0) return true;
    return false;
}

bool client_any_full(const struct shim *shim) {
    for (const struct client *client = shim->clients; client != NULL; client = client->next)
        if (client->used >= CLIENT_FULL && !client->closing) return true;
    return false;
}

void client_input_flow(struct shim *shim) {
    for (struct client *client = shim->clients; client != NULL; client = client->next) update_interest(shim, client);
}
