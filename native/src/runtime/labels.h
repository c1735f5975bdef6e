// Labels of security modules: the AppArmor profile and the SELinux label that a process gets with its exec.
#ifndef SLIPWAY_LABELS_H
#define SLIPWAY_LABELS_H

#include "common/error.h"
#include "plan.h"

/** In the parent, with the machine's /sys in view: an error for a label that no module here would keep. */
int labels_check(const struct plan *plan, struct error *err);

/** Tells the kernel the labels of the next exec, in the pid namespace of the container; before no_new_privs. */
int labels_set(const struct plan_process *process, struct error *err);

#endif
