// Where the programs lie, and their read-only view at <run>/bin: a container that reaches the running runtime through
// /proc can't overwrite it (CVE-2019-5736). Knows no server.
#ifndef SLIPWAY_CLIENT_PROGRAMS_H
#define SLIPWAY_CLIENT_PROGRAMS_H

#include "common/error.h"

#include <limits.h>

struct programs {
    char client[PATH_MAX];    // this program
    char directory[PATH_MAX]; // where it lies
    char node[PATH_MAX];
    char server[PATH_MAX];    // main.mjs
    char bin[PATH_MAX];       // what the server is told: <run>/bin, or `directory` where no mount can be made
};

/** Finds all of them; `bin` is `directory` at first. 0 or -1. */
int programs_find(struct programs *programs, struct error *err);

/**
 * Mounts `directory` read-only on <run>/bin in this mount namespace, in place of an older one, and sets `bin`. Where the
 * kernel does not let it, `bin` stays as it was and the reason is written to standard error.
 */
void programs_bind(struct programs *programs, const char *run);

#endif
