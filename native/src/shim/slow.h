// Clients that do not keep up with the output: it waits for them, but not for long when somebody else waits with it.
#ifndef SLIPWAY_SHIM_SLOW_H
#define SLIPWAY_SHIM_SLOW_H

struct shim;

/** After every event: begins, goes on with, or ends the patience with clients whose buffers are full. */
void slow_follow(struct shim *shim);

#endif
