// The runtime's own program, kept from being written to by what it starts.
#ifndef SLIPWAY_RUNTIME_SEALED_H
#define SLIPWAY_RUNTIME_SEALED_H

#include "common/error.h"

// Where a container's root could open this program for writing (through /proc/PID/exe of a process that is about to
// become the container's, CVE-2019-5736): runs it again, read-only, with `argv`, and does not return.
// Returns 0 where it runs so already, lies on a read-only mount, or belongs to somebody else; -1 with `err`.
int sealed_run(char **argv, struct error *err);

#endif
