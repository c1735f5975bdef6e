// A volume's folder at its first use. Knows no mount and no config.
#ifndef SLIPWAY_VOLUME_H
#define SLIPWAY_VOLUME_H

#include "common/error.h"

/**
 * Fills the directory `source` (relative to the directory `bundle`) while it is empty with what is in the directory `from`, and gives it
 * `from`'s owner, permissions and times; `from` -1: nothing to copy. What a killed copy has left beside `source` is first brought to
 * its end, or begun anew. Others that do the same wait. `what` names the mount.
 */
int volume_fill(const char *bundle, const char *source, int from, const char *what, struct error *err);

#endif
