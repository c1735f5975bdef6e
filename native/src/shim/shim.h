// The state of one shim, shared by the files of this folder. One thread, one epoll set; every descriptor in it belongs to a
// `struct source`, whose function is called when it is ready.
#ifndef SLIPWAY_SHIM_H
#define SLIPWAY_SHIM_H

#include "client.h"
#include "input.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "output.h"
#include "runtime/container.h"

#include <stdbool.h>
#include <time.h>

struct shim {
    struct shim_options options;
    struct loop loop;
    struct container container;
    int terminal_peer; // the pty's other end, held so that the master never hangs up before the end; -1
    bool tty;
    bool held;   // output waits for its first client
    bool exited; // the process is reaped
    bool ended;  // exit file written, Exit sent: only slow clients remain
    int status_code, status_signal;
    char *cgroup; // of the container itself, removed at its end; NULL: none, or an exec's
    struct timespec started, finished;
    struct source listener, signals, patience, slow;
    struct output outputs[2];
    struct input input;
    struct log log;
    struct client *clients;
};

/** Runs the shim; returns the program's exit code. */
int shim_main(int argc, char **argv);

/** Lets held output go (first Output client, Release frame, end of the Watch connection). */
void shim_release(struct shim *shim);

/** A signal for the process; ignored when it has ended or the number is none. */
void shim_signal(struct shim *shim, int number);

#endif
