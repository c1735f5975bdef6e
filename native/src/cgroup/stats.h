// What a cgroup has used.
#ifndef SLIPWAY_CGROUP_STATS_H
#define SLIPWAY_CGROUP_STATS_H

#include <stdbool.h>
#include <stdint.h>

/** A limit or a number that may be missing. */
struct cgroup_maybe {
    bool there;
    uint64_t value;
};

struct cgroup_stats {
    uint64_t usage_usec, user_usec, system_usec; // every cgroup has these
    uint64_t throttled_usec, periods, throttled_periods;
    bool has_memory, has_pids, has_io; // the controller is enabled
    uint64_t memory, inactive_file, file, oom_kill;
    struct cgroup_maybe memory_limit, memory_peak, swap, swap_limit;
    uint64_t pids;
    struct cgroup_maybe pids_limit;
    uint64_t read_bytes, write_bytes, reads, writes;
};

void cgroup_stats_read(int dir, struct cgroup_stats *out);

#endif
