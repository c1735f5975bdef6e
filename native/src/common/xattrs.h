// Extended attributes that go with a file from one place to another, and those that don't. Knows no archive and no layer.
#ifndef SLIPWAY_XATTRS_H
#define SLIPWAY_XATTRS_H

#include <stdbool.h>

/** False for those of overlayfs itself and for labels that belong to the machine's policy. */
bool xattrs_allowed(const char *name);

/** True when an attribute may be left out because setting it failed with `errnum`: no such attribute here. */
bool xattrs_excused(const char *name, int errnum);

/** Copies the allowed ones. 0, or -1 with errno. */
int xattrs_copy(int from, int to);

#endif
