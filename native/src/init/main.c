// slipway-init: the first process of a container with --init. Starts the command, forwards every signal to it, reaps whatever is
// orphaned, and ends as the command ends. Knows nothing of shims, bundles and the server.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

struct init {
    pid_t command;
    sigset_t forwarded, before;
};

static int fail(const char *doing, const char *what) {
    fprintf(stderr, "slipway-init: %s %s: %s\n", doing, what, strerror(errno));
    return FAILED;
}

// All but what tells of this program's own mistakes, and what the terminal sends for writing to it.
static void choose_signals(struct init *init) {
    static const int own[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS, SIGTTIN, SIGTTOU};
    sigfillset(&init->forwarded);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&init->forwarded, own[i]);
}

// A process group of its own, in front of the terminal where there is one: Ctrl-C then reaches the command and its children at once.
static void take_terminal(void) {
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    signal(SIGTTOU, SIG_DFL);
}

static int run_command(const struct init *init, char **argv) {
    take_terminal();
    if (sigprocmask(SIG_SETMASK, &init->before, NULL) < 0) return fail("start", argv[0]);
    execvp(argv[0], argv);
    int code = errno == ENOENT ? NOT_FOUND : errno == EACCES || errno == ENOEXEC ? NOT_EXECUTABLE : FAILED;
    fail("exec", argv[0]);
    return code;
}

// Takes every process that has ended. True when the command is one of them, with its status as a shell has it.
static int reap(const struct init *init, int *code) {
    int status, ended = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid != init->command) continue;
        *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        ended = 1;
    }
    return ended;
}

// Until the command has ended; its status.
static int serve(const struct init *init) {
    for (int code = 0;;) {
        int number = sigwaitinfo(&init->forwarded, NULL);
        if (number == SIGCHLD && reap(init, &code)) return code;
        if (number > 0 && number != SIGCHLD) kill(init->command, number);
    }
}

int main(int argc, char **argv) {
    argv += argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
    if (argc < 2 || *argv == NULL) return fputs("usage: slipway-init [--] COMMAND [ARG...]\n", stderr), FAILED;
    struct init init = {0};
    choose_signals(&init);
    if (sigprocmask(SIG_SETMASK, &init.forwarded, &init.before) < 0) return fail("start", argv[0]);
    init.command = fork();
    if (init.command < 0) return fail("start", argv[0]);
    return init.command == 0 ? run_command(&init, argv) : serve(&init);
}
