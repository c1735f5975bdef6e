// Starting a process in its container: the parent's side. One clone, no re-exec.
#include "container.h"

#include "cgroup/cgroup.h"
#include "cgroup/devices.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "control.h"
#include "hooks.h"
#include "idmap.h"
#include "init.h"
#include "labels.h"
#include "namespaces.h"
#include "notify.h"
#include "program.h"
#include "rdt.h"
#include "sources.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int container_start_time(pid_t pid, uint64_t *start, struct error *err) {
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    CLEAN_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : io_read_full(fd, text, sizeof text - 1);
    if (size < 0) return error_errno(err, "read process", path);
    text[size] = '\0';
    char *at = strrchr(text, ')'); // the name may hold anything, the fields behind it are numbers
    for (int field = 2; at != NULL && field < 22; field++) at = strchr(at + 1, ' ');
    if (at == NULL) return error_set(err, EPROTO, "read process", path, "not as expected");
    *start = strtoull(at + 1, NULL, 10);
    return 0;
}

int container_take_error(const struct error *told, struct error *err) {
    *err = *told;
    err->step[sizeof err->step - 1] = err->path[sizeof err->path - 1] = err->message[sizeof err->message - 1] = '\0';
    return -1;
}

static void end_process(pid_t pid, int *pidfd) {
    (void)syscall(SYS_pidfd_send_signal, *pidfd, SIGKILL, NULL, 0);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    close_fd(pidfd);
}

// Writes the id maps and lets the child go on.
static int release(const struct plan *plan, const struct container *container, int control, struct error *err) {
    struct control_message go = {.kind = CONTROL_GO};
    if ((namespaces_new(plan) & CLONE_NEWUSER) == 0) return 0;
    if (idmap_write(&plan->id_maps, container->pid, err) < 0) return -1;
    return control_send(control, &go, -1) < 0 ? error_errno(err, "start process", NULL) : 0;
}

// The child has its namespaces and mounts and waits (runtime-spec config.md, "Prestart" and "CreateRuntime Hooks").
static int run_hooks(const struct plan *plan, const struct container_request *request, pid_t pid, int control, struct error *err) {
    struct control_message go = {.kind = CONTROL_GO};
    struct container_state state = {.id = request->id, .bundle = plan->bundle, .status = "creating", .pid = pid, .annotations = plan->annotations};
    if (hooks_run(&plan->hooks, HOOK_PRESTART, &state, plan->bundle, err) < 0) return -1;
    if (hooks_run(&plan->hooks, HOOK_CREATE_RUNTIME, &state, plan->bundle, err) < 0) return -1;
    return control_send(control, &go, -1) < 0 ? error_errno(err, "start process", NULL) : 0;
}

// Listens to the child until it has exec'd (end of the socket) or says that it is ready. A child that a signal has killed
// before its exec looks the same, and ends with that signal all the same.
static int follow(const struct plan *plan, const struct container_request *request, struct container *container, int control, struct error *err) {
    for (;;) {
        struct control_message message;
        int fd, got = control_receive(control, &message, &fd);
        if (got < 0) return error_errno(err, "start process", NULL);
        if (got == 0) return 0;
        if (message.kind == CONTROL_TERMINAL) {
            container->master = fd;
            continue;
        }
        if (fd >= 0) close(fd);
        if (message.kind == CONTROL_READY) return 0;
        if (message.kind == CONTROL_HOOKS) {
            if (run_hooks(plan, request, container->pid, control, err) < 0) return -1;
            continue;
        }
        return container_take_error(&message.error, err);
    }
}

static int open_target(const struct container_request *request, struct error *err) {
    uint64_t start = 0;
    CLEAN_FD int pidfd = pidfd_open(request->target, 0);
    if (pidfd < 0) return error_errno(err, "find container", "its first process");
    // The descriptor was opened first: when the start time fits, it holds the process that was meant.
    if (container_start_time(request->target, &start, err) < 0) return -1;
    if (start != request->target_start) return error_set(err, ESRCH, "find container", NULL, "its first process has ended");
    return take_fd(&pidfd);
}

// Without a controller no device opens but those that are bound, which keeps the rules unless one divides.
static int uncontrolled(const struct plan *plan, struct error *err) {
    if (!devices_divided(&plan->resources)) return 0;
    return error_set(err, EOPNOTSUPP, "config", "linux.resources.devices",
                     "a device for reading or writing alone needs a control group (v2) in the machine's own user namespace");
}

// The rules of linux.resources.devices. A user namespace's own mknod is refused by the kernel, and where no device opens at all they
// are kept already.
static int control_devices(struct plan *plan, const char *path, int dir, struct error *err) {
    if (plan->resources.device_count == 0) return 0;
    if (!idmap_is_initial()) return uncontrolled(plan, err);
    plan->device_controller = !devices_restrict(&plan->resources) || devices_control(path, dir, &plan->resources, err) == 0;
    if (plan->device_controller) return 0;
    bool unable = err->errnum == EPERM || err->errnum == ENOSYS || err->errnum == EINVAL; // no CAP_BPF, a kernel without it
    return unable && (plan->namespaces[NS_USER].wanted || plan_nodev(plan) != 0) ? uncontrolled(plan, err) : -1;
}

// A new container's cgroup, with its limits.
static int make_place(struct plan *plan, const struct container_request *request, struct error *err) {
    struct error ignored;
    CLEAN_FD int dir = request->cgroup_there ? cgroup_adopt(request->cgroup, &plan->resources, err)
                                             : cgroup_make(request->cgroup, &plan->resources, err);
    if (dir < 0) return -1;
    if (control_devices(plan, request->cgroup, dir, err) == 0) return take_fd(&dir);
    if (!request->cgroup_there) (void)cgroup_remove(request->cgroup, &ignored);
    err->errnum = err->errnum == 0 ? EINVAL : err->errnum;
    return -1;
}

// A path is not worth a refusal where nothing is limited and this machine or this user has no cgroups.
static bool passed_over(const struct plan *plan, const struct container_request *request, int errnum) {
    bool ordinary = request->cgroup_unasked || geteuid() != 0 || !idmap_is_initial();
    if (cgroup_limited(&plan->resources) || request->cgroup_there) return false;
    if (errnum == EOPNOTSUPP || (request->target != 0 && errnum == ENOENT)) return true;
    return ordinary && (errnum == EACCES || errnum == EPERM || errnum == EROFS);
}

// The cgroup to be born in. 0, with `*dir` -1 when there is to be none.
static int take_place(struct plan *plan, const struct container_request *request, struct container *out, int *dir, struct error *err) {
    if (request->cgroup == NULL && request->target == 0 && cgroup_limited(&plan->resources))
        return error_set(err, EINVAL, "config", "linux.resources", "a limit needs linux.cgroupsPath");
    if (request->cgroup == NULL) return request->target != 0 ? 0 : uncontrolled(plan, err);
    *dir = request->target != 0 ? cgroup_join(request->cgroup, request->target, err) : make_place(plan, request, err);
    out->in_cgroup = *dir >= 0;
    if (*dir >= 0) return 0;
    return !passed_over(plan, request, err->errnum) ? -1 : request->target != 0 ? 0 : uncontrolled(plan, err);
}

static int start_failed(const struct container_request *request, struct error *err) {
    bool about_cgroup = request->cgroup != NULL && (errno == EBUSY || errno == EACCES || errno == EOPNOTSUPP);
    return about_cgroup ? cgroup_failed(err, request->cgroup, NULL) : error_errno(err, "make namespaces", NULL);
}

// Namespaces that belong to another user namespace than the child's own can't be joined by the child itself.
static bool needs_helper(const struct plan *plan, const struct namespaces *joined) {
    bool any = false;
    for (int kind = 0; kind < NS_COUNT; kind++) any = any || joined->fds[kind] >= 0;
    return any && plan->namespaces[NS_USER].wanted;
}

static int launch(struct plan *plan, const struct container_request *request, struct namespaces *joined, int target, int cgroup, int agent,
                  const struct rdt_door *rdt, struct container *out, struct error *err) {
    int pair[2];
    // The cgroup namespace is made by the child: clone would take the parent's cgroup for its root.
    uint64_t flags = target >= 0 ? 0 : namespaces_new(plan) & ~(uint64_t)CLONE_NEWCGROUP;
    bool inside = target < 0 && needs_helper(plan, joined);
    int pid_namespace = target >= 0 ? target : joined->fds[NS_PID];
    if (pid_namespace >= 0) {
        // The child is seen in there from its first moment: nobody may look into it (CVE-2019-5736).
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return error_errno(err, "close to others", NULL);
        if (!inside && namespaces_children_into(pid_namespace, err) < 0) return -1;
    }
    if (control_pair(pair, err) < 0) return -1;
    CLEAN_FD int ours = pair[0];
    CLEAN_FD int theirs = pair[1];
    struct init init = {.plan = plan, .request = request, .joined = joined, .control = theirs, .parents = ours, .agent = agent, .target = target, .rdt = rdt};
    // Hooks are run from a copy of this process, and by this process meanwhile.
    bool waits = request->gate >= 0 || agent >= 0 || (target < 0 && plan->hooks.text != NULL) || (flags & CLONE_NEWUSER) != 0 || plan->namespaces[NS_TIME].wanted;
    out->pid = inside ? spawn_inside(flags, cgroup, joined, &init, &out->pidfd, err) : spawn(flags, cgroup, !waits, &init, &out->pidfd);
    if (out->pid < 0) return inside ? -1 : start_failed(request, err);
    close_fd(&theirs);
    bool release_failed = target < 0 && release(plan, out, ours, err) < 0;
    if (!release_failed && follow(plan, request, out, ours, err) == 0) return 0;
    end_process(out->pid, &out->pidfd);
    close_fd(&out->master);
    return -1;
}

// The agent is told of a container by its id, which only the OCI commands have.
static int connect_agent(const struct plan *plan, const struct container_request *request, struct error *err) {
    if (request->id == NULL) return error_set(err, EOPNOTSUPP, "config", "linux.seccomp.listenerPath", "SCMP_ACT_NOTIFY is not served by the shim");
    return notify_connect(&plan->seccomp, err);
}

// Its class of cache and bandwidth. Only the OCI commands have a name for it, and a state to find it in again.
static int take_class(const struct plan *plan, const struct container_request *request, struct container *out, struct rdt_door *door, struct error *err) {
    if (request->target != 0) return rdt_open(request->rdt, door, err);
    if (plan->rdt == NULL) return 0;
    if (request->id == NULL) return error_set(err, EOPNOTSUPP, "config", "linux.intelRdt", "is not served by the shim");
    return rdt_make(plan->rdt, request->id, &out->rdt, err) < 0 ? -1 : rdt_open(&out->rdt, door, err);
}

int container_start(struct plan *plan, const struct container_request *request, struct container *out,
                    struct error *err) {
    struct namespaces joined;
    CLEAN_FD int target = -1;
    *out = (struct container){.pid = -1, .pidfd = -1, .master = -1};
    err->code = CODE_ENGINE;
    if (request->target != 0 && (target = open_target(request, err)) < 0) return -1;
    if (labels_check(plan, err) < 0) return -1;
    CLEAN_FD int agent = -1;
    if (plan->seccomp.listener_path != NULL && (agent = connect_agent(plan, request, err)) < 0) return -1;
    CLEAN_FD int cgroup = -1;
    if (take_place(plan, request, out, &cgroup, err) < 0) return -1;
    struct rdt_door rdt = RDT_NO_DOOR;
    int result = namespaces_open(target >= 0 ? NULL : plan, &joined, err);
    if (result == 0 && target < 0) result = sources_open(plan, joined.fds[NS_USER], err);
    if (result == 0) result = take_class(plan, request, out, &rdt, err);
    if (result == 0) result = launch(plan, request, &joined, target, cgroup, agent, &rdt, out, err);
    rdt_close(&rdt);
    sources_close(plan);
    namespaces_close(&joined);
    struct error ignored;
    if (result < 0 && out->in_cgroup && request->target == 0) (void)cgroup_remove(request->cgroup, &ignored);
    if (result < 0) (void)rdt_remove(&out->rdt, &ignored);
    return result;
}
