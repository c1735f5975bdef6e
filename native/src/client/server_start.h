// Starts the server when nobody listens: one start at a time, one server at a time. Knows no command.
#ifndef SLIPWAY_CLIENT_SERVER_START_H
#define SLIPWAY_CLIENT_SERVER_START_H

#include "client/server_process.h"

#define SERVER_SOCKET "cli.sock"

/** Starts it, or finds one that another client has started meanwhile. `word->text` is "" when one is ready. */
void server_start(const char *run, struct server_word *word);

#endif
