// Intel RDT: refused, for a share of a cache that is not kept would be worse than an error.
#include "rdt.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#ifndef RDTGROUP_SUPER_MAGIC
#define RDTGROUP_SUPER_MAGIC 0x7655821
#endif

int rdt_check(const struct plan *plan, struct error *err) {
    struct statfs fs;
    if (!plan->intel_rdt) return 0;
    if (statfs(RDT_MOUNT, &fs) < 0) return error_errno(err, "Intel RDT", RDT_MOUNT);
    if (fs.f_type != RDTGROUP_SUPER_MAGIC) return error_set(err, ENODEV, "Intel RDT", RDT_MOUNT, "resctrl is not mounted");
    return error_set(err, EOPNOTSUPP, "Intel RDT", RDT_MOUNT, "is not supported");
}
