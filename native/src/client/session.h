// One command's talk with the server: the request, then whatever the answer frames say, until Exit.
// Knows neither how the server is found nor what a command means.
#ifndef SLIPWAY_CLIENT_SESSION_H
#define SLIPWAY_CLIENT_SESSION_H

/** The server ended without having read the request (the kernel says so: it resets a connection with unread bytes). */
#define SESSION_UNREAD (-1)

/** Runs the command `argv` (without the program's name, NULL-terminated) over the connection. The exit code or SESSION_UNREAD. */
int session_run(int server, char *const *argv);

#endif
