// The terminal of an OCI container: given away over --console-socket, or relayed to the caller's own.
#include "terminal.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "control.h"
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>

int terminal_give(int master, const char *path, struct error *err) {
    CLEAN_FD int fd = control_connect(path, "console socket", err);
    if (fd < 0) return -1;
    return control_send_bytes(fd, "/dev/ptmx", 9, master) < 0 ? error_errno(err, "console socket", path) : 0;
}

static sigset_t forwarded(void) {
    sigset_t set;
    sigfillset(&set);
    const int kept[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) sigdelset(&set, kept[i]);
    return set;
}

void terminal_block_signals(void) {
    sigset_t set = forwarded();
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
}

static void follow_size(int master) {
    struct winsize size;
    if (master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) pty_resize(master, size.ws_row, size.ws_col);
}

static void forward(int signals, int pidfd, int master) {
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGWINCH) follow_size(master);
        else if (info.ssi_signo != SIGCHLD) (void)syscall(SYS_pidfd_send_signal, pidfd, (int)info.ssi_signo, NULL, 0);
    }
}

// Copies what is there; false at the end (a terminal says EIO).
static bool copy(int from, int to) {
    char data[4096];
    ssize_t got = read(from, data, sizeof data);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    return got > 0 && io_write_full(to, data, (size_t)got) == 0;
}

static int relay(int pidfd, int signals, int master) {
    // An open other end of our own: the master never hangs up while the process lives.
    CLEAN_FD int peer = master < 0 ? -1 : pty_peer(master);
    struct pollfd polls[] = {
        {.fd = pidfd, .events = POLLIN}, {.fd = signals, .events = POLLIN},
        {.fd = master, .events = POLLIN}, {.fd = master < 0 ? -1 : STDIN_FILENO, .events = POLLIN},
    };
    for (;;) {
        if (poll(polls, 4, -1) < 0 && errno != EINTR) return -1;
        if (polls[1].revents != 0) forward(signals, pidfd, master);
        if (polls[2].revents != 0 && !copy(master, STDOUT_FILENO)) polls[2].fd = -1;
        else if (polls[2].revents == 0 && polls[0].revents != 0) return 0; // ended, and all it wrote is copied
        if (polls[3].revents != 0 && !copy(STDIN_FILENO, master)) polls[3].fd = -1;
        polls[0].revents = polls[1].revents = polls[2].revents = polls[3].revents = 0;
    }
}

int terminal_wait(pid_t pid, int pidfd, int master, struct error *err) {
    sigset_t set = forwarded();
    struct termios saved, raw;
    siginfo_t info = {0};
    CLEAN_FD int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) return error_errno(err, "take signals", NULL);
    bool is_raw = master >= 0 && tcgetattr(STDIN_FILENO, &saved) == 0;
    if (is_raw) {
        raw = saved;
        cfmakeraw(&raw);
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    follow_size(master);
    int relayed = relay(pidfd, signals, master);
    if (is_raw) (void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    if (relayed < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED) < 0) return error_errno(err, "wait for process", NULL);
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}
