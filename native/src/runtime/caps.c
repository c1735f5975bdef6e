// Capabilities: names, the bounding set, the other four sets.
#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[] = {
    "CAP_CHOWN",          "CAP_DAC_OVERRIDE",     "CAP_DAC_READ_SEARCH", "CAP_FOWNER",       "CAP_FSETID",
    "CAP_KILL",           "CAP_SETGID",           "CAP_SETUID",          "CAP_SETPCAP",      "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",  "CAP_NET_ADMIN",       "CAP_NET_RAW",      "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",      "CAP_SYS_MODULE",       "CAP_SYS_RAWIO",       "CAP_SYS_CHROOT",   "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",      "CAP_SYS_ADMIN",        "CAP_SYS_BOOT",        "CAP_SYS_NICE",     "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",       "CAP_SYS_TTY_CONFIG",   "CAP_MKNOD",           "CAP_LEASE",        "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",  "CAP_SETFCAP",          "CAP_MAC_OVERRIDE",    "CAP_MAC_ADMIN",    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",     "CAP_BLOCK_SUSPEND",    "CAP_AUDIT_READ",      "CAP_PERFMON",      "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};
enum { NAME_COUNT = sizeof names / sizeof *names };

int caps_number(const char *name) {
    for (int i = 0; i < NAME_COUNT; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}

const char *caps_name(int number) {
    return number >= 0 && number < NAME_COUNT ? names[number] : NULL;
}

int caps_bound(const struct plan_caps *caps, struct error *err) {
    for (int number = 0; number < 64; number++) {
        if ((caps->bounding >> number & 1) != 0 || prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0) continue;
        if (errno == EINVAL) break; // beyond the kernel's last one
        if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 0) continue; // may not drop, need not
        errno = EPERM;
        return error_errno(err, "drop capability", caps_name(number));
    }
    return 0;
}

uint64_t caps_ungrantable(const struct plan_caps *caps) {
    uint64_t wanted = caps->permitted | caps->inheritable, held = 0;
    for (int number = 0; number < NAME_COUNT; number++)
        if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1) held |= UINT64_C(1) << number;
    return wanted & ~held;
}

int caps_set(const struct plan_caps *caps, uint64_t keep, struct error *err) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return error_errno(err, "read capabilities", NULL);
    uint64_t held = data[0].permitted | (uint64_t)data[1].permitted << 32;
    // What can't be granted here is left out (runtime-spec config.md, "capabilities"); whoever started this has warned.
    uint64_t permitted = (caps->permitted | keep) & held, effective = (caps->effective | keep) & held;
    uint64_t inheritable = caps->inheritable & held;
    for (int half = 0; half < 2; half++) {
        data[half].permitted = (uint32_t)(permitted >> 32 * half);
        data[half].effective = (uint32_t)(effective >> 32 * half);
        data[half].inheritable = (uint32_t)(inheritable >> 32 * half);
    }
    return syscall(SYS_capset, &header, data) < 0 ? error_errno(err, "set capabilities", NULL) : 0;
}

int caps_raise_ambient(const struct plan_caps *caps, struct error *err) {
    for (int number = 0; number < NAME_COUNT; number++) {
        if ((caps->ambient >> number & 1) == 0 || prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 0) continue;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
            return error_errno(err, "raise ambient capability", caps_name(number));
    }
    return 0;
}
