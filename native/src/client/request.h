// The JSON documents of the client's side of the talk. Knows no socket.
#ifndef SLIPWAY_CLIENT_REQUEST_H
#define SLIPWAY_CLIENT_REQUEST_H

#include "client/attach.h"
#include "client/input.h"
#include "client/text.h"

#include <stddef.h>

/** CliRequest: arguments (NULL-terminated), working directory, terminals. */
void request_write(struct text *text, char *const *argv);

/** CliAttached. */
void request_attached(struct text *text, const struct attach_end *end);

/** Env, the answer to NeedEnv: an object of the asked names. 0, or -1 when the question is not an array of names. */
int request_env(struct text *text, const char *question, size_t size);

/** Reads CliAttach. 0, or -1 when it is not one. */
int request_attach(struct attach *plan, const char *json, size_t size);

/** Reads CliNeedInput. 0, or -1 when it is not one. */
int request_question(struct question *question, const char *json, size_t size);

#endif
