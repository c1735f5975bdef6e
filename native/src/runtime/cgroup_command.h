// `slipway-runtime cgroup …`: the cgroup of a bundle, for the server (native/README.md, "Control groups").
#ifndef SLIPWAY_CGROUP_COMMAND_H
#define SLIPWAY_CGROUP_COMMAND_H

/** Takes the words after `cgroup`; returns the program's exit code. */
int cgroup_command_main(int argc, char **argv);

#endif
