// Standard input as the server asks for it: some bytes, or one line that a person types. Knows no frames.
#include "client/input.h"

#include "client/leave.h"
#include "client/terminal.h"
#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

// A secret is asked of the person, also where standard input is something else.
static void input_choose(struct input *input, bool secret) {
    input->fd = STDIN_FILENO;
    input->person = isatty(STDIN_FILENO) == 1;
    if (!secret || input->person) return;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    input->fd = fd;
    input->person = input->opened = true;
}

static void input_hide(struct input *input) {
    static const int wanted[] = {SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};
    if (signals_open(&input->signals, wanted, sizeof wanted / sizeof wanted[0]) < 0) leave(EXIT_ENGINE);
    terminal_hide(input->fd);
}

// Where the person looks; standard output may be a file.
static void input_prompt(const struct input *input, const char *prompt) {
    int fd = input->opened ? input->fd : isatty(STDOUT_FILENO) ? STDOUT_FILENO : STDERR_FILENO;
    size_t left = strlen(prompt);
    while (left > 0) {
        ssize_t put = write(fd, prompt, left);
        if (put < 0 && errno != EINTR) return; // nobody looks; the question stays
        if (put < 0) continue;
        prompt += put;
        left -= (size_t)put;
    }
}

void input_ask(struct input *input, const struct question *question) {
    input->line = question->line;
    input->size = 0;
    input->person = false;
    input_choose(input, question->line && question->secret);
    if (question->line && question->secret && input->person) input_hide(input);
    input_prompt(input, question->prompt);
}

bool input_take(struct input *input) {
    // What follows a line in a pipe is for who asks next.
    bool single = input->line && !input->person;
    ssize_t got = read(input->fd, input->buffer + input->size, single ? 1 : INPUT_MAX - input->size);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got < 0) {
        struct error err = {0};
        error_errno(&err, "read", "standard input");
        leave_failed("send the input", &err, "");
    }
    input->size += (size_t)got;
    if (single && got > 0 && input->size < INPUT_MAX && input->buffer[input->size - 1] != '\n') return false;
    input_end(input);
    return true;
}

void input_signals(struct input *input) {
    int number;
    while ((number = signals_take(&input->signals)) > 0) {
        if (number == SIGHUP || number == SIGQUIT) leave(EXIT_SIGNAL + number);
        if (number == SIGTSTP) {
            terminal_restore();
            signals_stop();
        }
        terminal_hide(input->fd); // a shell that had the terminal meanwhile shows what is typed
    }
}

void input_end(struct input *input) {
    if (input_hidden(input)) {
        terminal_restore();
        signals_close(&input->signals);
        input->signals.fd = -1;
    }
    if (input->opened) close_fd(&input->fd);
    input->fd = -1;
    input->opened = false;
}
