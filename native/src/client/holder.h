// The holder: a process that does nothing but keep the user's user and mount namespaces alive, so that a new server can
// join them after a crash. Knows no server.
#ifndef SLIPWAY_CLIENT_HOLDER_H
#define SLIPWAY_CLIENT_HOLDER_H

#include "client/id_map.h"
#include "common/error.h"

/** `refused`: the kernel does not let this user have such a namespace; `reason` says why in words for the person. */
enum holder_result { HOLDER_JOINED, HOLDER_REFUSED, HOLDER_FAILED };

struct holder {
    bool single;      // one id is mapped only
    char reason[256]; // why it is single, or why it was refused
};

/**
 * Joins the namespaces of the holder recorded in the file `holder` of the open run directory, or makes a holder, records it and
 * joins it. This process must have one thread; afterwards it is root of the namespace. HOLDER_FAILED sets `err`.
 */
enum holder_result holder_enter(int run, struct holder *holder, struct error *err);

/** Remembers the memory that `ps` shows as this program's arguments, to be overwritten in the holder. From main, first. */
void holder_remember_arguments(int argc, char **argv);

#endif
