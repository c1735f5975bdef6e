// A connection to a message bus. The peer is not trusted: sizes are bounded, and nothing waits past the deadline.
#include "dbus.h"

#include "common/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int failed(struct error *err) {
    return error_errno(err, "dbus", NULL);
}

static int wait_for(struct dbus *bus, short events, struct error *err) {
    struct pollfd ready = {.fd = bus->fd, .events = events};
    for (;;) {
        int64_t left = bus->deadline - now();
        int got = left <= 0 ? 0 : poll(&ready, 1, (int)left);
        if (got > 0) return 0;
        if (got == 0) return error_set(err, ETIMEDOUT, "dbus", NULL, "no answer in time");
        if (errno != EINTR) return failed(err);
    }
}

static int send_all(struct dbus *bus, const void *data, size_t size, struct error *err) {
    while (size > 0) {
        ssize_t sent = send(bus->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return failed(err);
        if (sent < 0 && wait_for(bus, POLLOUT, err) < 0) return -1;
        if (sent > 0) data = (const char *)data + sent, size -= (size_t)sent;
    }
    return 0;
}

static int take(struct dbus *bus, void *data, size_t size, struct error *err) {
    while (size > 0) {
        ssize_t got = recv(bus->fd, data, size, MSG_DONTWAIT);
        if (got == 0) return error_set(err, ECONNRESET, "dbus", NULL, "the bus closed the connection");
        if (got < 0 && errno != EAGAIN && errno != EINTR) return failed(err);
        if (got < 0 && wait_for(bus, POLLIN, err) < 0) return -1;
        if (got > 0) data = (char *)data + got, size -= (size_t)got;
    }
    return 0;
}

// A line of the authentication without its end; byte by byte, as messages follow it.
static int take_line(struct dbus *bus, char *line, size_t room, struct error *err) {
    for (size_t used = 0; used + 1 < room; used++) {
        if (take(bus, line + used, 1, err) < 0) return -1;
        if (line[used] != '\n') continue;
        line[used] = '\0';
        line[strcspn(line, "\r")] = '\0';
        return 0;
    }
    return error_set(err, EPROTO, "dbus", NULL, "not the protocol of a bus");
}

// EXTERNAL with no name: the bus takes the user from the socket, whatever user namespace this is (D-Bus specification,
// "Authentication Mechanisms").
static int authenticate(struct dbus *bus, struct error *err) {
    char line[512];
    if (send_all(bus, "\0AUTH EXTERNAL\r\n", 16, err) < 0 || take_line(bus, line, sizeof line, err) < 0) return -1;
    if (strncmp(line, "DATA", 4) == 0 && (send_all(bus, "DATA\r\n", 6, err) < 0 || take_line(bus, line, sizeof line, err) < 0)) return -1;
    if (strncmp(line, "OK", 2) != 0) return error_set(err, EACCES, "dbus", NULL, "the bus refused this user");
    return send_all(bus, "BEGIN\r\n", 7, err);
}

// `%xx` of an address undone.
static bool unescape(const char *text, size_t length, char *out, size_t room) {
    size_t used = 0;
    for (size_t i = 0; i < length; i++, used++) {
        unsigned code;
        if (used + 1 >= room) return false;
        out[used] = text[i];
        if (text[i] != '%') continue;
        if (i + 2 >= length || sscanf(text + i + 1, "%2x", &code) != 1 || code == 0) return false;
        out[used] = (char)code;
        i += 2;
    }
    out[used] = '\0';
    return used > 0;
}

// One address of a list; other transports are passed over.
static bool parse_address(const char *text, size_t length, struct sockaddr_un *out, socklen_t *size) {
    static const char *const starts[] = {"unix:path=", "unix:abstract="};
    for (size_t abstract = 0; abstract < 2; abstract++) {
        size_t start = strlen(starts[abstract]);
        if (length <= start || strncmp(text, starts[abstract], start) != 0) continue;
        *out = (struct sockaddr_un){.sun_family = AF_UNIX};
        const char *value = text + start, *comma = memchr(value, ',', length - start);
        size_t value_length = comma == NULL ? length - start : (size_t)(comma - value);
        if (!unescape(value, value_length, out->sun_path + abstract, sizeof out->sun_path - abstract)) return false;
        *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + strlen(out->sun_path + abstract) + (abstract ? 0 : 1));
        return true;
    }
    return false;
}

static int connect_one(struct dbus *bus, const char *addresses, struct error *err) {
    error_set(err, EAFNOSUPPORT, "dbus", addresses, "no address of a bus");
    while (*addresses != '\0') {
        struct sockaddr_un address;
        socklen_t size;
        size_t length = strcspn(addresses, ";");
        if (parse_address(addresses, length, &address, &size)) {
            bus->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (bus->fd >= 0 && connect(bus->fd, (const struct sockaddr *)&address, size) == 0) return 0;
            error_errno(err, "dbus", address.sun_path);
            close_fd(&bus->fd);
        }
        addresses += length + (addresses[length] == ';');
    }
    return -1;
}

static int hello(struct dbus *bus, struct error *err) {
    static const struct dbus_call call = {"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", ""};
    struct dbus_writer writer;
    struct dbus_message answer;
    dbus_new(bus, &writer, &call);
    return dbus_call(bus, &writer, NULL, NULL, &answer, err);
}

int dbus_open(struct dbus *bus, const char *addresses, int milliseconds, struct error *err) {
    *bus = (struct dbus){.fd = -1, .deadline = now() + milliseconds};
    if (connect_one(bus, addresses, err) == 0 && authenticate(bus, err) == 0 && hello(bus, err) == 0) return 0;
    dbus_close(bus);
    return -1;
}

void dbus_close(struct dbus *bus) {
    if (bus->fd >= 0) close_fd(&bus->fd);
    free(bus->data);
    bus->data = NULL;
}

void dbus_new(struct dbus *bus, struct dbus_writer *writer, const struct dbus_call *call) {
    dbus_begin(writer, call, ++bus->serial);
}

int dbus_next(struct dbus *bus, struct dbus_message *message, struct error *err) {
    uint8_t header[DBUS_FIXED_HEADER];
    if (take(bus, header, sizeof header, err) < 0) return -1;
    size_t size = dbus_size(header);
    if (size == 0) return error_set(err, EPROTO, "dbus", NULL, "malformed or too long a message");
    uint8_t *data = realloc(bus->data, size);
    if (data == NULL) return failed(err);
    bus->data = data;
    memcpy(data, header, sizeof header);
    if (take(bus, data + sizeof header, size - sizeof header, err) < 0) return -1;
    return dbus_parse(data, size, message) ? 0 : error_set(err, EPROTO, "dbus", NULL, "malformed message");
}

int dbus_call(struct dbus *bus, struct dbus_writer *writer, dbus_signal *signal, void *context, struct dbus_message *answer, struct error *err) {
    uint32_t serial = bus->serial;
    if (!dbus_end(writer)) return error_set(err, EMSGSIZE, "dbus", NULL, "the request is too long");
    if (send_all(bus, writer->data, writer->size, err) < 0) return -1;
    for (;;) {
        if (dbus_next(bus, answer, err) < 0) return -1;
        if (answer->type == DBUS_SIGNAL && signal != NULL) signal(answer, context);
        if (answer->reply_serial != serial || (answer->type != DBUS_RETURN && answer->type != DBUS_ERROR)) continue;
        if (answer->type == DBUS_RETURN) return 0;
        const char *words = answer->signature[0] == 's' ? dbus_get_string(&answer->body) : "";
        return error_set(err, EREMOTEIO, "dbus", answer->error, "%s", words[0] == '\0' ? "refused" : words);
    }
}
