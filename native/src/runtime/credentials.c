// What a process is allowed: limits, keyring, user and groups, capabilities, no_new_privs, seccomp.
#include "credentials.h"

#include "caps.h"
#include "filter.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The caller's keys must not be reachable. EDQUOT: an ordinary user's containers share one quota of keyrings; the filter
// refuses keyctl then, so only without one is it an error. ENOSYS: a kernel without keys.
static int fresh_keyring(const struct plan *plan, struct error *err) {
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 || errno == ENOSYS) return 0;
    if (plan->seccomp.filter != NULL && (errno == EDQUOT || errno == EPERM)) return 0;
    return error_errno(err, "new session keyring", NULL);
}

int credentials_limits(const struct plan *plan, bool keep_keyring, struct error *err) {
    const struct plan_process *process = &plan->process;
    for (size_t i = 0; i < process->rlimit_count; i++)
        if (setrlimit((__rlimit_resource_t)process->rlimits[i].resource, &process->rlimits[i].limit) < 0)
            return error_errno(err, "set limit", process->rlimits[i].name);
    return keep_keyring ? 0 : fresh_keyring(plan, err);
}

static int set_groups(const struct plan_user *user, struct error *err) {
    if (setgroups(user->group_count, user->groups) == 0) return 0;
    // A single-id map has given setgroups up: an error only for groups that were asked for.
    if (errno == EPERM && (user->group_count == 0 || user->groups_found)) return 0;
    if (errno == EINVAL) return error_set(err, EINVAL, "set groups", NULL, "a group id is not mapped in this user namespace");
    return error_errno(err, "set groups", NULL);
}

// setresuid and setresgid as raw system calls: one thread, nothing to broadcast.
static int set_ids(const struct plan_user *user, struct error *err) {
    if (syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0) {
        if (errno != EINVAL) return error_errno(err, "set group", NULL);
        return error_set(err, EINVAL, "set group", NULL, "id %u is not mapped in this user namespace", user->gid);
    }
    if (syscall(SYS_setresuid, user->uid, user->uid, user->uid) < 0) {
        if (errno != EINVAL) return error_errno(err, "set user", NULL);
        return error_set(err, EINVAL, "set user", NULL, "id %u is not mapped in this user namespace", user->uid);
    }
    return 0;
}

uint64_t credentials_kept(const struct plan *plan) {
    return plan->seccomp.filter != NULL && !plan->process.no_new_privs ? UINT64_C(1) << CAP_SYS_ADMIN : 0;
}

int credentials_user(const struct plan_process *process, uint64_t keep, struct error *err) {
    if (caps_bound(&process->caps, err) < 0) return -1;
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return error_errno(err, "keep capabilities", NULL);
    if (set_groups(&process->user, err) < 0 || set_ids(&process->user, err) < 0) return -1;
    if (caps_set(&process->caps, keep, err) < 0) return -1;
    return caps_raise_ambient(&process->caps, err);
}

int credentials_seal(const struct plan *plan, uint64_t keep, const struct notify *notify, struct error *err) {
    int listener;
    if (plan->process.no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return error_errno(err, "set no_new_privs", NULL);
    if (filter_load(&plan->seccomp, &listener, err) < 0) return -1;
    // At once: every other call may have to wait for the agent's answer.
    if (listener >= 0 && notify_send(notify, listener, err) < 0) return -1;
    return keep == 0 ? 0 : caps_set(&plan->process.caps, 0, err);
}
