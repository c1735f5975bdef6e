// One command's talk with the server. Knows neither how the server is found nor what a command means.
#include "client/session.h"

#include "client/attach.h"
#include "client/connection.h"
#include "client/input.h"
#include "client/leave.h"
#include "client/output.h"
#include "client/request.h"
#include "client/signals.h"
#include "client/text.h"
#include "common/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define DOING "talk to the server"
#define CLEAN_TEXT __attribute__((cleanup(text_free)))

struct session {
    bool ended;
    bool answered;    // the server has sent something
    int code;
    bool interrupted; // one signal was passed on already
    bool attached;
    struct attach_end end;
    struct signals signals;
    struct output output;
    struct input input;
    struct reader reader;
};

static _Noreturn void session_misread(void) {
    struct error err = {0};
    error_set(&err, 0, "read the answer", NULL, "a frame that is not understood");
    leave_failed(DOING, &err, "The server may be of another version: try `slipway server stop`, then again.");
}

// The connection ended without an Exit frame. The container's own end, where it is known, is the better answer.
static void session_cut(struct session *session) {
    struct error err = {0};
    if (session->attached && session->end.how != ATTACH_LOST) {
        session->code = session->end.how == ATTACH_EXIT ? (int)(session->end.code & 0xff) : 0;
        session->ended = true;
        return;
    }
    if (session->attached) error_set(&err, 0, "attach", NULL, "%s", session->end.reason);
    else error_set(&err, 0, "read the answer", NULL, "the server ended before the command did");
    leave_failed(DOING, &err, "Try again: the server starts by itself. Its log is server.log in the data directory.");
}

// A failed send shows itself at the next receive, after what the server had still to say.
static void session_send(struct session *session, enum frame_type type, const struct text *text) {
    if (text->failed) session_misread();
    (void)connection_send(session->reader.fd, type, text->data, text->size);
}

static void session_attach(struct session *session, const struct piece *piece) {
    CLEAN_TEXT struct text answer = {0};
    CLEAN_FREE struct attach *plan = malloc(sizeof *plan);
    if (plan == NULL || request_attach(plan, (const char *)piece->data, piece->size) < 0) session_misread();
    attach_run(plan, &session->end);
    session->attached = true;
    request_attached(&answer, &session->end);
    session_send(session, FRAME_ATTACHED, &answer);
}

static void session_env(struct session *session, const struct piece *piece) {
    CLEAN_TEXT struct text answer = {0};
    if (request_env(&answer, (const char *)piece->data, piece->size) < 0) session_misread();
    session_send(session, FRAME_ENV, &answer);
}

static void session_question(struct session *session, const struct piece *piece) {
    struct question question;
    if (input_wanted(&session->input) || request_question(&question, (const char *)piece->data, piece->size) < 0) session_misread();
    input_ask(&session->input, &question);
}

// One frame at a time, and only when asked: the server's sense of enough reaches whoever writes to this program's input.
static void session_input(struct session *session) {
    if (!input_take(&session->input)) return;
    (void)connection_send(session->reader.fd, FRAME_INPUT, session->input.buffer, session->input.size);
}

static void session_frame(struct session *session, const struct piece *piece) {
    switch (piece->type) {
    case FRAME_STDOUT:
    case FRAME_STDERR:
        session->output = (struct output){piece->type == FRAME_STDOUT ? STDOUT_FILENO : STDERR_FILENO, piece->data, piece->size};
        return;
    case FRAME_ATTACH: session_attach(session, piece); return;
    case FRAME_NEED_ENV: session_env(session, piece); return;
    case FRAME_NEED_INPUT: session_question(session, piece); return;
    case FRAME_EXIT:
        if (piece->size != 4) break;
        session->code = (int)(get_u32be(piece->data) & 0xff);
        session->ended = true;
        return;
    default: break;
    }
    session_misread();
}

// The first signal asks the server to cancel; the second does not wait for it, nor the first for a reader of this program's output.
static void session_signals(struct session *session) {
    int number;
    while ((number = signals_take(&session->signals)) > 0) {
        uint8_t payload = (uint8_t)number;
        if (session->interrupted || session->output.size > 0) leave(EXIT_SIGNAL + number);
        session->interrupted = true;
        (void)connection_send(session->reader.fd, FRAME_SIGNAL, &payload, 1);
    }
}

static void session_take(struct session *session) {
    struct piece piece;
    while (!session->ended && session->output.size == 0) {
        enum reader_result result = reader_next(&session->reader, &piece);
        if (result == READER_BAD) session_misread();
        if (result == READER_EMPTY) return;
        session_frame(session, &piece);
    }
}

static void session_turn(struct session *session) {
    bool writing = session->output.size > 0;
    struct pollfd waits[4] = {
        {.fd = writing ? session->output.fd : session->reader.fd, .events = writing ? POLLOUT : POLLIN},
        {.fd = session->signals.fd, .events = POLLIN},
        {.fd = writing || !input_wanted(&session->input) ? -1 : session->input.fd, .events = POLLIN},
        {.fd = input_hidden(&session->input) ? session->input.signals.fd : -1, .events = POLLIN},
    };
    if (poll(waits, 4, -1) < 0) return;
    if (waits[1].revents != 0) session_signals(session);
    if (waits[3].revents != 0) input_signals(&session->input);
    if (waits[2].revents != 0) session_input(session);
    if (waits[0].revents == 0) return;
    if (writing) {
        if (output_push(&session->output) < 0) leave(EXIT_CLOSED_OUTPUT);
        return;
    }
    ssize_t got = reader_fill(&session->reader);
    if (got > 0) session->answered = true;
    if (got < 0 && errno == ECONNRESET && !session->answered) {
        session->code = SESSION_UNREAD;
        session->ended = true;
        return;
    }
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) session_cut(session);
}

static void session_request(int server, char *const *argv) {
    CLEAN_TEXT struct text request = {0};
    struct error err = {0};
    request_write(&request, argv);
    if (request.failed) {
        error_set(&err, 0, "send the command", NULL, "the arguments are longer than 1 MiB");
        leave_failed(DOING, &err, "");
    }
    (void)connection_send(server, FRAME_REQUEST, request.data, request.size);
}

int session_run(int server, char *const *argv) {
    static const int wanted[] = {SIGINT, SIGTERM};
    static struct session session;
    session = (struct session){.reader.fd = server, .input = INPUT_START};
    session_request(server, argv);
    if (signals_open(&session.signals, wanted, 2) < 0) return EXIT_ENGINE;
    for (session_take(&session); !session.ended; session_take(&session)) session_turn(&session);
    input_end(&session.input);
    signals_close(&session.signals);
    return session.code;
}
