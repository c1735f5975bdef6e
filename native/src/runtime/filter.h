// Seccomp: the OCI linux.seccomp section to BPF, the cache of compiled filters, loading.
#ifndef SLIPWAY_FILTER_H
#define SLIPWAY_FILTER_H

#include "common/error.h"
#include "json_node.h"
#include "plan.h"

/**
 * Fills `out` for the section at `node` (absent: no filter) from the cache directory (NULL: none) or by compiling;
 * what was compiled is put into the cache, where it may fail quietly. -1 with parse->err.
 */
int filter_prepare(struct parse *parse, const struct node *node, const char *cache, struct plan_seccomp *out);

/** Compiles, without the cache (filter_compile.c). */
int filter_compile(struct parse *parse, const struct node *node, struct plan_seccomp *out);

/** Loads the filter into this process; needs no_new_privs or CAP_SYS_ADMIN. `*listener`: seccomp_unotify(2)'s descriptor, -1 without. */
int filter_load(const struct plan_seccomp *seccomp, int *listener, struct error *err);

#endif
