// Which ids an ordinary user may map into a namespace, and mapping them. Knows no holder.
#ifndef SLIPWAY_CLIENT_ID_MAP_H
#define SLIPWAY_CLIENT_ID_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ID_RANGES_MAX 64

struct id_range {
    unsigned long start;
    unsigned long count;
};

struct id_ranges {
    size_t size;
    struct id_range list[ID_RANGES_MAX];
};

struct id_plan {
    bool full;         // every range, with newuidmap and newgidmap
    char reason[192];  // why not, when not full
    struct id_ranges users, groups;
};

/** Reads `name:start:count` lines of the user (by name or number); lines that make no sense or overlap are left out. `text` is changed. */
void id_ranges_parse(struct id_ranges *ranges, char *text, const char *name, unsigned id);

/** What this user can have on this machine. */
void id_plan_make(struct id_plan *plan);

/** Maps 0 to the user and 1… to the ranges. 0; -1 when the helpers refused (their words are on standard error). */
int id_map_full(const struct id_plan *plan, pid_t pid);

/** Maps 0 to the user alone. 0, or -1 with errno. */
int id_map_single(pid_t pid);

/** True when the map of `pid` (0: this process) holds one id only. */
bool id_map_is_single(pid_t pid);

/** True when this process is in the machine's first user namespace. */
bool id_map_is_initial(void);

#endif
