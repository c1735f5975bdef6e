// Signals as bytes of a descriptor, for poll loops. Knows nobody who wants them.
#include "client/signals.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_open(struct signals *signals, const int *list, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) {
        struct sigaction now;
        if (sigaction(list[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&set, list[i]);
    }
    if (sigprocmask(SIG_BLOCK, &set, &signals->before) < 0) return -1;
    signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals->fd < 0 ? -1 : 0;
}

int signals_take(const struct signals *signals) {
    struct signalfd_siginfo info;
    return read(signals->fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

void signals_stop(void) {
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &set, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void signals_close(struct signals *signals) {
    close(signals->fd);
    sigprocmask(SIG_SETMASK, &signals->before, NULL);
}
