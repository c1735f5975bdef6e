// Signals as bytes of a descriptor, for poll loops. Knows nobody who wants them.
#ifndef SLIPWAY_CLIENT_SIGNALS_H
#define SLIPWAY_CLIENT_SIGNALS_H

#include <signal.h>
#include <stddef.h>

struct signals {
    int fd;
    sigset_t before;
};

/** Blocks each of the `count` signals that is not ignored (nohup, background jobs) and opens a signalfd for them. 0, or -1 with errno. */
int signals_open(struct signals *signals, const int *list, size_t count);

/** The number of one signal that arrived, 0 when none did. */
int signals_take(const struct signals *signals);

/** Does what SIGTSTP does without this program's taking it: stops, or nothing where nobody could continue it. */
void signals_stop(void);

/** Closes the descriptor and gives the mask back as it was. */
void signals_close(struct signals *signals);

#endif
