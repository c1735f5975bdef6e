// The server as a process: its command line, environment and descriptors, and its first word. Knows no lock and no namespace.
#ifndef SLIPWAY_CLIENT_SERVER_PROCESS_H
#define SLIPWAY_CLIENT_SERVER_PROCESS_H

#include "client/programs.h"

#include <stddef.h>
#include <sys/types.h>

struct server_plan {
    const struct programs *programs;
    const char *run;
    const char *data;
    const char *mode;
    const char *reason; // "" when there is none
    const char *cgroup; // "" when nothing is delegated
    const char *cgroup_reason;
    int lock;           // of the runtime directory, held by the server for as long as it lives
    int data_lock;      // of the data directory, the same: the server's standard input
    int log;
};

/** How the start went, in words. */
struct server_word {
    char text[1024]; // "" when the server is ready
    char hint[1024];
};

/** Starts the server and waits until it says that it is ready, says why not, or ends. */
void server_process_start(const struct server_plan *plan, struct server_word *word);

#endif
