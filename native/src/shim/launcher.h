// A process that is small and already there, to fork shims from: cheaper than a program started by the server.
#ifndef SLIPWAY_SHIM_LAUNCHER_H
#define SLIPWAY_SHIM_LAUNCHER_H

/**
 * Listens on `--socket PATH`; native/README.md, "slipway-runtime launcher", is the contract. Ends when its standard input
 * ends. Returns the program's exit code; in a forked shim, the shim's.
 */
int launcher_main(int argc, char **argv);

#endif
