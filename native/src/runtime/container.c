// Starting a process in its container: the parent's side. One clone, no re-exec.
#include "container.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "control.h"
#include "idmap.h"
#include "init.h"
#include "namespaces.h"
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
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

enum { STACK_SIZE = 128 * 1024, GUARD_SIZE = 64 * 1024 };

// As fork: a copy of this process in new namespaces.
static pid_t spawn_copy(uint64_t flags, struct init *init, int *pidfd) {
    struct clone_args arguments = {
        .flags = flags | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
    };
    pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0) init_run(init);
    return pid;
}

static int run_in_child(void *init) {
    init_run(init);
}

// As vfork, with a stack of its own: the child works in this process's memory while this one sleeps until it has exec'd
// or ended. Nothing is copied, and no page is faulted in twice, which is half of a start's cost.
static pid_t spawn_sharing(uint64_t flags, struct init *init, int *pidfd) {
    char *stack = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) return -1;
    pid_t pid = -1;
    if (mmap(stack + GUARD_SIZE, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0) != MAP_FAILED)
        pid = clone(run_in_child, stack + GUARD_SIZE + STACK_SIZE, (int)flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, init, pidfd);
    int saved = errno;
    munmap(stack, GUARD_SIZE + STACK_SIZE);
    errno = saved;
    return pid;
}

// Sharing is for a child that needs nothing of this process before its exec, and that flags of clone(2) can describe. The
// sanitizer knows nothing of a second stack.
static pid_t spawn(uint64_t flags, struct init *init, int *pidfd) {
#ifdef __SANITIZE_ADDRESS__
    const bool can_share = false;
#else
    const bool can_share = true;
#endif
    bool waits = init->request->gate >= 0 || (flags & (CLONE_NEWUSER | CLONE_NEWTIME)) != 0;
    return can_share && !waits ? spawn_sharing(flags, init, pidfd) : spawn_copy(flags, init, pidfd);
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
    if (idmap_write(plan, container->pid, err) < 0) return -1;
    return control_send(control, &go, -1) < 0 ? error_errno(err, "start process", NULL) : 0;
}

// Listens to the child until it has exec'd (end of the socket) or says that it is ready. A child that a signal has killed
// before its exec looks the same, and ends with that signal all the same.
static int follow(struct container *container, int control, struct error *err) {
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
        *err = message.error;
        err->step[sizeof err->step - 1] = err->path[sizeof err->path - 1] = err->message[sizeof err->message - 1] = '\0';
        return -1;
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

static int launch(struct plan *plan, const struct container_request *request, struct namespaces *joined, int target,
                  struct container *out, struct error *err) {
    int pair[2];
    uint64_t flags = target >= 0 ? 0 : namespaces_new(plan);
    int pid_namespace = target >= 0 ? target : joined->fds[NS_PID];
    if (pid_namespace >= 0) {
        // The child is seen in there from its first moment: nobody may look into it (CVE-2019-5736).
        if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return error_errno(err, "close to others", NULL);
        if (namespaces_children_into(pid_namespace, err) < 0) return -1;
    }
    if (control_pair(pair, err) < 0) return -1;
    CLEAN_FD int ours = pair[0];
    CLEAN_FD int theirs = pair[1];
    struct init init = {.plan = plan, .request = request, .joined = joined, .control = theirs, .parents = ours, .target = target};
    out->pid = spawn(flags, &init, &out->pidfd);
    if (out->pid < 0) return error_errno(err, "make namespaces", NULL);
    close_fd(&theirs);
    bool release_failed = target < 0 && release(plan, out, ours, err) < 0;
    if (!release_failed && follow(out, ours, err) == 0) return 0;
    end_process(out->pid, &out->pidfd);
    close_fd(&out->master);
    return -1;
}

int container_start(struct plan *plan, const struct container_request *request, struct container *out,
                    struct error *err) {
    struct namespaces joined;
    CLEAN_FD int target = -1;
    *out = (struct container){.pid = -1, .pidfd = -1, .master = -1};
    err->code = CODE_ENGINE;
    if (request->target != 0 && (target = open_target(request, err)) < 0) return -1;
    int result = namespaces_open(target >= 0 ? NULL : plan, &joined, err);
    if (result == 0) result = launch(plan, request, &joined, target, out, err);
    namespaces_close(&joined);
    return result;
}
