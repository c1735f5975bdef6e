// Reading the OCI config.json (runtime-spec 1.2, config.md and config-linux.md) into a plan.
#ifndef SLIPWAY_CONFIG_H
#define SLIPWAY_CONFIG_H

#include "common/error.h"
#include "plan.h"

#include <stddef.h>

/** Longest config.json or process file read. */
#define CONFIG_MAX (16u << 20)

/**
 * Reads the config of a bundle, `file` in it (NULL: config.json). With `process_file` (the OCI `process` object for an exec) that file's process takes the place of
 * the config's. `seccomp_cache` (may be NULL): directory of compiled filters. The plan is freed by {@link plan_free}
 * also after an error, whose path is the JSON path of the mistake.
 */
int config_read(const char *bundle, const char *file, const char *process_file, const char *seccomp_cache, struct plan *plan,
                struct error *err);

/** The same from text (with a zero byte behind it): the part without any file, for the fuzzer. `bundle` is taken as it is. */
int config_parse(const char *text, size_t size, const char *bundle, const char *seccomp_cache, struct plan *plan,
                 struct error *err);

/** The hooks of a container from the text that its plan had for them (`plan.hooks.text`), into `arena`. */
int config_hooks_text(const char *text, struct arena *arena, struct plan_hooks *hooks, struct error *err);

/** Notes a name of a capability that there is none of, once. -1 without memory. */
int config_unknown_cap(struct plan_process *process, struct arena *arena, const char *name);

void plan_free(struct plan *plan);

#endif
