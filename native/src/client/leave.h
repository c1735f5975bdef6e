// The ways this program ends early and says why. Knows no frames.
#ifndef SLIPWAY_CLIENT_LEAVE_H
#define SLIPWAY_CLIENT_LEAVE_H

#include "common/error.h"

#define EXIT_ENGINE 125
#define EXIT_SIGNAL 128
/** What a shell reports for a process that wrote to a closed pipe. */
#define EXIT_CLOSED_OUTPUT 141

/** Gives the terminal back and ends. */
_Noreturn void leave(int code);

/** Ends with `slipway: DOING: REASON` and the hint (may be "") on standard error, exit code 125. */
_Noreturn void leave_failed(const char *doing, const struct error *err, const char *hint);

#endif
