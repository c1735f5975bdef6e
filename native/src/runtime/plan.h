// What is to be done, as data: the OCI config.json read, checked and resolved. Everything in it lives in one arena;
// nothing here is a system call. The order of carrying out is init.c's.
#ifndef SLIPWAY_PLAN_H
#define SLIPWAY_PLAN_H

#include "arena.h"
#include "cgroup/resources.h"

#include <linux/filter.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/** Sets of capabilities as bit masks (bit N is CAP number N). */
struct plan_caps {
    uint64_t bounding, effective, permitted, inheritable, ambient;
};

struct plan_rlimit {
    int resource;
    const char *name;
    struct rlimit limit;
};

struct plan_user {
    uid_t uid;
    gid_t gid;
    gid_t *groups;
    size_t group_count;
    bool groups_found; // in the image's /etc/group: those that are not mapped are left out
    mode_t umask;
};

/** sched_setattr(2). */
struct plan_scheduler {
    bool wanted;
    uint32_t policy, priority;
    int32_t nice;
    uint64_t flags, runtime, deadline, period;
};

struct plan_process {
    char **args; // at least one
    char **env;
    const char *cwd; // absolute
    struct plan_user user;
    const char *user_name; // to be looked up in the rootfs in place of `user`; NULL: `user` is final
    const char *group_names; // more groups for it, separated by commas; looked up likewise
    bool terminal;
    unsigned short rows, columns; // 0 0: the kernel's default
    struct plan_caps caps;
    char **unknown_caps; // names that no kernel of this program's time has, NULL-terminated; NULL: none
    struct plan_rlimit *rlimits;
    size_t rlimit_count;
    bool no_new_privs;
    bool has_oom_score_adj;
    int oom_score_adj;
    struct plan_scheduler scheduler;
    int io_priority; // ioprio_set(2), 0: none
    cpu_set_t *cpus_initial, *cpus_final; // of an exec; NULL: as they are
    const char *apparmor_profile, *selinux_label;
};

enum plan_mount_kind {
    PLAN_MOUNT_FS, // any file system by its type
    PLAN_MOUNT_BIND,
    PLAN_MOUNT_PROC,
    PLAN_MOUNT_SYSFS,
    PLAN_MOUNT_CGROUP,
    PLAN_MOUNT_DEVPTS,
    PLAN_MOUNT_MQUEUE,
    PLAN_MOUNT_TMPFS,
};

/** One option of a file system; `value` NULL: a flag. */
struct plan_option {
    const char *key, *value;
};

struct plan_id_map {
    uint32_t inside, outside, count;
};

/** The two maps of a user namespace; none: no such namespace. */
struct plan_id_maps {
    struct plan_id_map *uids, *gids;
    size_t uid_count, gid_count;
};

/** What a new mount begins with, beside what it has. */
enum plan_copy_up {
    PLAN_COPY_NONE,
    PLAN_COPY_TMPFS, // what lies at its place
    PLAN_COPY_FIRST, // the same, into a volume's folder that is empty (volume.h)
    PLAN_COPY_REST,  // what is left of a copy that did not come to its end
};

struct plan_mount {
    enum plan_mount_kind kind;
    const char *destination; // absolute, in the container
    const char *type;        // of the file system, NULL for a bind
    const char *source;      // of a bind: relative to the bundle
    uint64_t set, clear;                     // MOUNT_ATTR_…, this mount alone
    uint64_t recursive_set, recursive_clear; // with everything mounted below
    uint64_t propagation;                    // MS_PRIVATE …
    bool propagation_recursive, bind_recursive;
    bool ids_mapped, ids_recursive; // as id_maps say, or as the container's user namespace where they are empty
    struct plan_id_maps id_maps;
    int tree; // of a bind whose source the parent has opened (sources.h); -1: none
    enum plan_copy_up copy_up;
    const char *subpath; // of a bind: what is mounted, resolved inside of the source; NULL: the source itself
    struct plan_option *options;
    size_t option_count;
};

struct plan_device {
    const char *path;
    mode_t mode; // type and permissions
    unsigned int major, minor;
    uid_t uid;
    gid_t gid;
};

enum plan_namespace_kind { NS_MOUNT, NS_PID, NS_NET, NS_IPC, NS_UTS, NS_CGROUP, NS_USER, NS_TIME, NS_COUNT };

struct plan_namespace {
    bool wanted;
    const char *path; // join this one; NULL: a new one
};

/** What a clock of a new time namespace is ahead (time_namespaces(7)). */
struct plan_time_offset {
    bool wanted;
    int64_t seconds;
    uint32_t nanoseconds;
};

struct plan_sysctl {
    const char *path; // below /proc/sys
    const char *value;
};

struct plan_seccomp {
    struct sock_filter *filter; // NULL: none
    unsigned short count;
    unsigned int flags; // SECCOMP_FILTER_FLAG_…
    const char *listener_path;     // of the agent that SCMP_ACT_NOTIFY asks; NULL: no rule does
    const char *listener_metadata; // what it is told; may be NULL
};

enum plan_hook_kind {
    HOOK_PRESTART,
    HOOK_CREATE_RUNTIME,
    HOOK_CREATE_CONTAINER,
    HOOK_START_CONTAINER,
    HOOK_POSTSTART,
    HOOK_POSTSTOP,
    HOOK_KINDS,
};

/** A class of service and its monitoring (rdt.h). Schemata: lines, each with its end; "": none. */
struct plan_rdt {
    const char *clos;                     // NULL: named like the container
    const char *schemata, *last_schemata; // two writes, in this order
    bool monitoring;
};

struct plan_hook {
    const char *path; // absolute
    char **args;      // at least one, args[0] is the program's name
    char **env;       // all of it; NULL: this program's own
    int timeout;      // seconds, 0: none
};

struct plan_hooks {
    struct plan_hook *list[HOOK_KINDS];
    size_t count[HOOK_KINDS];
    const char *text; // the section as JSON, for the commands that come later; NULL: no hook at all
};

struct plan {
    struct arena arena;
    const char *bundle; // absolute
    struct plan_process process;
    const char *root_path; // absolute
    bool root_readonly;
    struct plan_mount *root_overlay; // NULL: root_path itself is the rootfs
    const char *hostname, *domainname;
    struct plan_mount *mounts;
    size_t mount_count;
    struct plan_namespace namespaces[NS_COUNT];
    struct plan_id_maps id_maps; // of a new user namespace
    struct plan_device *devices;
    size_t device_count;
    char **masked_paths, **readonly_paths;
    uint64_t root_propagation; // MS_PRIVATE …, 0: as it is
    struct plan_sysctl *sysctls;
    size_t sysctl_count;
    struct plan_seccomp seccomp;
    struct plan_time_offset monotonic_offset, boottime_offset;
    struct plan_rdt *rdt; // NULL: not asked for
    bool has_personality;
    int personality;         // personality(2)
    const char *mount_label; // SELinux's; part of the mounts' options already
    const char *cgroups_path; // NULL: no cgroup
    struct cgroup_resources resources;
    bool device_controller; // the rules of resources.devices are in force (container.c)
    const char *annotations; // JSON object text, for `state`
    struct plan_hooks hooks;
};

/**
 * MOUNT_ATTR_NODEV unless the container may mount by itself, or may make nodes and a device controller says which of them open. Without
 * this, root with CAP_MKNOD could make a node for the machine's disk. Devices it may have are bound one by one (devices.c).
 */
uint64_t plan_nodev(const struct plan *plan);

#endif
