// One command's talk with the server: the request, then whatever the answer frames say, until Exit.
// Knows neither how the server is found nor what a command means.
#ifndef SLIPWAY_CLIENT_SESSION_H
#define SLIPWAY_CLIENT_SESSION_H

/** Runs the command `argv` (without the program's name, NULL-terminated) over the connection. Returns the exit code. */
int session_run(int server, char *const *argv);

#endif
