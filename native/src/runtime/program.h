// From args[0] to a running program: search on the container's PATH, working directory, exec.
#ifndef SLIPWAY_PROGRAM_H
#define SLIPWAY_PROGRAM_H

#include "common/error.h"
#include "plan.h"

#include <limits.h>

/** Exit codes of a failed start, as Docker's. */
enum { CODE_ENGINE = 125, CODE_NOT_EXECUTABLE = 126, CODE_NOT_FOUND = 127 };

/** Enters the working directory; `create`: makes it when missing. Verifies that it lies inside the root. */
int program_cwd(const char *cwd, bool create, struct error *err);

/** The file that args[0] means, as the present user, into `path`; err->code is set. */
int program_find(const struct plan_process *process, char path[PATH_MAX], struct error *err);

/** Replaces this process; returns only with an error, err->code set. */
int program_exec(const struct plan_process *process, const char *path, struct error *err);

#endif
