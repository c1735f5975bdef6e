// Limits as data: which control file gets which value. Knows neither JSON nor the kernel.
#ifndef SLIPWAY_CGROUP_RESOURCES_H
#define SLIPWAY_CGROUP_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cgroup_setting_kind {
    CGROUP_PLAIN,
    CGROUP_KEEP_FIRST, // the value is what follows the first word of the file, which stays (a period without a quota)
    CGROUP_WEIGHT,     // io.bfq.weight where BFQ schedules, else io.weight with its own scale
    CGROUP_OPTIONAL,   // a kernel without this file keeps the limit by another one
};

struct cgroup_setting {
    enum cgroup_setting_kind kind;
    const char *file;   // `memory.max`; what stands before the first dot is the controller
    const char *value;  // one write
    const char *member; // of the OCI object, for errors: `memory.limit`
};

enum { CGROUP_READ = 1, CGROUP_WRITE = 2, CGROUP_MKNOD = 4 };

/** A rule of the device controller; the last that fits decides. */
struct cgroup_device {
    bool allow;
    char type;            // a c b
    int64_t major, minor; // -1: any
    unsigned int access;  // CGROUP_READ …
};

/** OCI `linux.resources`, resolved: settings in the order in which they are written. */
struct cgroup_resources {
    struct cgroup_setting *settings;
    size_t count, room;
    bool check_before_update; // a memory limit below the present usage is refused
    int64_t memory_limit;     // bytes; 0: none given, -1: unlimited
    struct cgroup_device *devices;
    size_t device_count;
};

/** Whether anything is asked that only a controller can keep. */
bool cgroup_limited(const struct cgroup_resources *resources);

#endif
