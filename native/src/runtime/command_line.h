// Options of a command line as a table. Knows no command.
#ifndef SLIPWAY_COMMAND_LINE_H
#define SLIPWAY_COMMAND_LINE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/** `--name` or `-letter` (0: none) with a value, a flag, or (all three NULL) refused as not supported. */
struct command_option {
    const char *name;
    char letter;
    const char **value;
    bool *flag;
    const char ***list; // several times; NULL-terminated, into memory of `argc` pointers the caller gives
};

/**
 * Takes options from the front of `argv` (until the first that is none, or behind `--`) and returns how many words they
 * were; -1 with err. `--name=value` and `--name value` are the same.
 */
int command_line_take(int argc, char **argv, const struct command_option *options, size_t count, struct error *err);

#endif
