// Relays between the person's stdio and a shim. Knows nothing of the server.
#include "client/attach.h"

#include "client/connection.h"
#include "client/leave.h"
#include "client/output.h"
#include "client/signals.h"
#include "client/terminal.h"
#include "common/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HELLO_VERSION 1
#define TYPED_MAX 4096u
#define OUTBOX_SIZE 16384u

struct relay {
    const struct attach *plan;
    struct attach_end *end;
    bool ended;
    int shim;
    int aside;          // second connection, for signals: see relay_signal
    struct signals signals;
    bool raw;
    bool typing;        // standard input is still open
    bool resize_due;
    struct detach_keys keys;
    struct output output;
    size_t sent, filled; // of `outbox`
    uint8_t outbox[OUTBOX_SIZE];
    struct reader reader;
};

static void relay_lost(struct relay *relay, const char *reason) {
    relay->end->how = ATTACH_LOST;
    snprintf(relay->end->reason, sizeof relay->end->reason, "%s", reason);
    relay->ended = true;
}

static size_t relay_room(struct relay *relay) {
    if (relay->sent == relay->filled) relay->sent = relay->filled = 0;
    return OUTBOX_SIZE - relay->filled;
}

// The caller has made sure of the room.
static void relay_queue(struct relay *relay, enum frame_type type, const void *payload, size_t size) {
    frame_header(relay->outbox + relay->filled, type, (uint32_t)size);
    if (size > 0) memcpy(relay->outbox + relay->filled + FRAME_HEADER, payload, size);
    relay->filled += FRAME_HEADER + size;
}

static int relay_hello(int fd, uint8_t flags) {
    struct terminal_size size = terminal_size();
    uint8_t payload[6] = {HELLO_VERSION, flags};
    put_u16be(payload + 2, size.rows);
    put_u16be(payload + 4, size.columns);
    return connection_send(fd, FRAME_HELLO, payload, sizeof payload);
}

// Signals have a connection of their own: on the main one they would wait behind input that the container does not read.
static int relay_signal(struct relay *relay, int number) {
    uint8_t payload = (uint8_t)number;
    if (relay->aside < 0) {
        relay->aside = connection_open(relay->plan->path);
        if (relay->aside < 0 || relay_hello(relay->aside, 0) < 0) return -1;
    }
    return connection_send(relay->aside, FRAME_SIGNAL, &payload, 1);
}

static void relay_signals(struct relay *relay) {
    int number;
    while ((number = signals_take(&relay->signals)) > 0) {
        if (number == SIGCONT && relay->raw) terminal_raw(); // whoever ran meanwhile may have changed it
        if (number == SIGCONT || number == SIGWINCH) relay->resize_due = true;
        else if (!relay->plan->signal_proxy || relay_signal(relay, number) < 0) leave(EXIT_SIGNAL + number);
    }
}

// Reads what was typed; the room for the largest frame and an end of input is there.
static void relay_typed(struct relay *relay) {
    uint8_t typed[TYPED_MAX], kept[TYPED_MAX + DETACH_KEYS_MAX];
    ssize_t got = read(STDIN_FILENO, typed, sizeof typed);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got <= 0) {
        relay->typing = false;
        relay_queue(relay, FRAME_STDIN, NULL, 0);
        return;
    }
    size_t length = (size_t)got;
    const uint8_t *bytes = typed;
    if (relay->raw) {
        bytes = kept;
        if (detach_keys_filter(&relay->keys, typed, (size_t)got, kept, &length)) {
            relay->end->how = ATTACH_DETACH;
            relay->ended = true;
        }
    }
    if (length > 0) relay_queue(relay, FRAME_STDIN, bytes, length);
}

static void relay_push(struct relay *relay) {
    if (relay->resize_due && relay_room(relay) >= FRAME_HEADER + 4) {
        struct terminal_size size = terminal_size();
        uint8_t payload[4];
        put_u16be(payload, size.rows);
        put_u16be(payload + 2, size.columns);
        relay_queue(relay, FRAME_RESIZE, payload, sizeof payload);
        relay->resize_due = false;
    }
    size_t left = relay->filled - relay->sent;
    if (left == 0) return;
    ssize_t sent = send(relay->shim, relay->outbox + relay->sent, left, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) relay->sent += (size_t)sent;
    if (sent >= 0 || errno == EAGAIN || errno == EINTR) return;
    relay->sent = relay->filled; // the shim has hung up; what it said before is still to be read
    relay->typing = false;
}

static void relay_frame(struct relay *relay, const struct piece *piece) {
    char reason[256];
    switch (piece->type) {
    case FRAME_STDOUT:
    case FRAME_STDERR:
        relay->output = (struct output){piece->type == FRAME_STDOUT ? STDOUT_FILENO : STDERR_FILENO, piece->data, piece->size};
        return;
    case FRAME_EXIT:
        if (piece->size != 4) break;
        relay->end->how = ATTACH_EXIT;
        relay->end->code = get_u32be(piece->data);
        relay->ended = true;
        return;
    case FRAME_HELLO_OK:
        if (piece->size == 6 && piece->data[0] == HELLO_VERSION) return;
        break;
    case FRAME_ERROR:
        snprintf(reason, sizeof reason, "%.*s", (int)(piece->size < 255 ? piece->size : 255), (const char *)piece->data);
        relay_lost(relay, reason);
        return;
    default: break;
    }
    relay_lost(relay, "the shim sent a frame that is not understood");
}

// Takes what was received until there is output to write first.
static void relay_take(struct relay *relay) {
    struct piece piece;
    while (!relay->ended && relay->output.size == 0) {
        enum reader_result result = reader_next(&relay->reader, &piece);
        if (result == READER_BAD) relay_lost(relay, "the shim sent a frame that is not understood");
        if (result != READER_PIECE) return;
        relay_frame(relay, &piece);
    }
}

static void relay_receive(struct relay *relay) {
    ssize_t got = reader_fill(&relay->reader);
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return;
    relay_lost(relay, "the container's shim ended without saying how");
}

// One turn: wait for whatever can go on, then let it.
static void relay_turn(struct relay *relay) {
    bool writing = relay->output.size > 0, sending = relay->sent < relay->filled;
    bool reading = relay->typing && relay_room(relay) >= 2 * FRAME_HEADER + TYPED_MAX + DETACH_KEYS_MAX;
    short shim = (short)((writing ? 0 : POLLIN) | (sending ? POLLOUT : 0));
    struct pollfd waits[4] = {
        {.fd = shim == 0 ? -1 : relay->shim, .events = shim},
        {.fd = writing ? relay->output.fd : -1, .events = POLLOUT},
        {.fd = reading ? STDIN_FILENO : -1, .events = POLLIN},
        {.fd = relay->signals.fd, .events = POLLIN},
    };
    if (poll(waits, 4, -1) < 0) return;
    if (waits[3].revents != 0) relay_signals(relay);
    if (waits[1].revents != 0 && output_push(&relay->output) < 0) leave(EXIT_CLOSED_OUTPUT);
    if (waits[2].revents != 0) relay_typed(relay);
    relay_push(relay);
    if (!writing && (waits[0].revents & ~POLLOUT) != 0) relay_receive(relay);
}

// What came before the end is still written out; signals still count.
static void relay_drain(struct relay *relay) {
    relay->typing = false;
    while (relay->output.size > 0) {
        struct pollfd waits[2] = {{.fd = relay->output.fd, .events = POLLOUT}, {.fd = relay->signals.fd, .events = POLLIN}};
        if (poll(waits, 2, -1) < 0) continue;
        if (waits[1].revents != 0) relay_signals(relay);
        if (waits[0].revents != 0 && output_push(&relay->output) < 0) leave(EXIT_CLOSED_OUTPUT);
    }
    // Keys typed just before the keys to detach belong to the container.
    if (relay->end->how == ATTACH_DETACH) relay_push(relay);
}

static void relay_run(struct relay *relay) {
    const struct attach *plan = relay->plan;
    relay->shim = relay->reader.fd = connection_open(plan->path);
    relay->raw = plan->tty && plan->stdin_open && isatty(STDIN_FILENO);
    relay->typing = plan->stdin_open;
    if (relay->shim < 0) {
        char reason[256];
        snprintf(reason, sizeof reason, "connect to the container's shim: %s", strerrordesc_np(errno));
        relay_lost(relay, reason);
        return;
    }
    if (relay->raw) terminal_raw();
    uint8_t flags = (uint8_t)(HELLO_OUTPUT | (plan->stdin_open ? HELLO_STDIN : 0));
    if (relay_hello(relay->shim, flags) < 0) relay_lost(relay, "the container's shim hung up");
    for (relay_take(relay); !relay->ended; relay_take(relay)) relay_turn(relay);
    relay_drain(relay);
    terminal_restore();
}

void attach_run(const struct attach *plan, struct attach_end *end) {
    static const int wanted[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT, SIGUSR1, SIGUSR2};
    CLEAN_FREE struct relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL) {
        *end = (struct attach_end){.how = ATTACH_LOST, .reason = "out of memory"};
        return;
    }
    *relay = (struct relay){.plan = plan, .end = end, .shim = -1, .aside = -1, .keys = plan->keys};
    // SIGUSR1 and 2 are taken only to be passed on.
    size_t count = sizeof wanted / sizeof wanted[0] - (plan->signal_proxy ? 0 : 2);
    if (signals_open(&relay->signals, wanted, count) < 0) {
        relay_lost(relay, "out of descriptors");
    } else {
        relay_run(relay);
        signals_close(&relay->signals);
    }
    reader_free(&relay->reader);
    close_fd(&relay->shim);
    close_fd(&relay->aside);
}
