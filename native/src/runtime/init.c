// The child's side of a start: everything between clone3 and exec, in its one order. Each step is another file's.
#include "init.h"

#include "attributes.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "control.h"
#include "credentials.h"
#include "devices.h"
#include "hooks.h"
#include "labels.h"
#include "masks.h"
#include "mounts.h"
#include "notify.h"
#include "program.h"
#include "pty.h"
#include "rootfs.h"
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Killed with the parent. The kernel forgets it when credentials change, so it is asked for twice; a parent that
// was gone before is seen by the end of the socket.
static int die_with_parent(const struct init *init, struct error *err) {
    struct pollfd control = {.fd = init->control};
    if (!init->request->die_with_parent) return 0;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return error_errno(err, "tie to the shim", NULL);
    if (poll(&control, 1, 0) < 0) return error_errno(err, "tie to the shim", NULL);
    if ((control.revents & POLLHUP) != 0) _exit(CODE_ENGINE);
    return 0;
}

// The disposition of signals survives exec: a container must not start with what the caller ignores or blocks.
static void reset_signals(void) {
    sigset_t none;
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) (void)sigaction(number, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int wait_for_maps(const struct init *init, struct error *err) {
    struct control_message message;
    int fd;
    if (init->target >= 0 || !init->plan->namespaces[NS_USER].wanted) return 0;
    bool new = (namespaces_new(init->plan) & CLONE_NEWUSER) != 0;
    if (new && control_receive(init->control, &message, &fd) <= 0) _exit(CODE_ENGINE);
    // The caller's user is nobody here until this; root of the namespace sets it up.
    if (syscall(SYS_setresgid, 0, 0, 0) < 0 || syscall(SYS_setresuid, 0, 0, 0) < 0) return error_errno(err, "become root", NULL);
    return 0;
}

static int set_oom_score(const struct plan_process *process, struct error *err) {
    char text[16];
    if (!process->has_oom_score_adj) return 0;
    CLEAN_FD int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    int length = snprintf(text, sizeof text, "%d", process->oom_score_adj);
    if (fd < 0 || write(fd, text, (size_t)length) != length) return error_errno(err, "set oom_score_adj", text);
    return 0;
}

static int new_session(struct error *err) {
    return setsid() < 0 ? error_errno(err, "new session", NULL) : 0;
}

// The terminal: made in the container's devpts, its master given to the parent. Returns the slave.
static int make_terminal(const struct init *init, int root, struct error *err) {
    const struct plan_process *process = &init->plan->process;
    struct control_message message = {.kind = CONTROL_TERMINAL};
    CLEAN_FD int slave = -1;
    CLEAN_FD int master = pty_open(root, &slave, err);
    if (master < 0) return -1;
    pty_resize(master, process->rows, process->columns);
    if (control_send(init->control, &message, master) < 0) return error_errno(err, "give terminal away", NULL);
    if (ioctl(slave, TIOCSCTTY, 0) < 0) return error_errno(err, "take terminal", NULL);
    return take_fd(&slave);
}

// Puts the descriptors onto 0, 1, 2. Pipes and terminals are given to the container's user, so that /dev/stdout and
// /dev/tty can be opened by it; /dev/null stays whose it is.
static int set_stdio(const struct init *init, int slave, struct error *err) {
    const struct plan_user *user = &init->plan->process.user;
    for (int i = 0; i < 3; i++) {
        struct stat st;
        int fd = slave >= 0 ? slave : init->request->stdio[i];
        if (fd < 0) continue;
        if ((fd != i ? dup2(fd, i) : fcntl(fd, F_SETFD, 0)) < 0) return error_errno(err, "set stdio", NULL);
        if (fstat(i, &st) < 0) return error_errno(err, "set stdio", NULL);
        bool own = S_ISFIFO(st.st_mode) || slave >= 0;
        if (own && st.st_uid != user->uid && fchown(i, user->uid, (gid_t)-1) < 0 && errno != EINVAL && errno != EPERM)
            return error_errno(err, "set stdio", NULL);
    }
    return 0;
}

// Everything but stdio and what the caller hands over is closed by exec.
static int close_descriptors(int kept, struct error *err) {
    for (int fd = 3; fd < 3 + kept; fd++)
        if (fcntl(fd, F_SETFD, 0) < 0) return error_errno(err, "keep descriptors", NULL);
    if (syscall(SYS_close_range, 3 + (unsigned int)kept, ~0U, CLOSE_RANGE_CLOEXEC) < 0) return error_errno(err, "close descriptors", NULL);
    return 0;
}

static int hooks_here(const struct init *init, enum plan_hook_kind kind, const char *status, const char *cwd, struct error *err) {
    const struct plan *plan = init->plan;
    struct container_state state = {.id = init->request->id, .bundle = plan->bundle, .status = status, .pid = getpid(), .annotations = plan->annotations};
    return init->request->id == NULL || init->target >= 0 ? 0 : hooks_run(&plan->hooks, kind, &state, cwd, err);
}

// Those of the parent's side first, then the container's own, all with the host's files still in sight.
static int hooks_before_pivot(const struct init *init, struct error *err) {
    const struct plan_hooks *hooks = &init->plan->hooks;
    struct control_message message = {.kind = CONTROL_HOOKS};
    int fd;
    if (init->request->id != NULL && hooks->count[HOOK_PRESTART] + hooks->count[HOOK_CREATE_RUNTIME] > 0) {
        if (control_send(init->control, &message, -1) < 0) return error_errno(err, "hook", NULL);
        if (control_receive(init->control, &message, &fd) <= 0) _exit(CODE_ENGINE); // the parent has told why
    }
    return hooks_here(init, HOOK_CREATE_CONTAINER, "creating", init->plan->bundle, err);
}

static int build(const struct init *init, int *slave, struct error *err) {
    const struct plan *plan = init->plan;
    if (namespaces_join(init->joined, err) < 0 || rootfs_propagation(plan, err) < 0) return -1;
    if ((namespaces_new(plan) & CLONE_NEWCGROUP) != 0 && unshare(CLONE_NEWCGROUP) < 0) return error_errno(err, "make namespaces", "cgroup");
    if (namespaces_prepare(plan, err) < 0) return -1;
    CLEAN_FD int rootfs = rootfs_mount(plan, err);
    if (rootfs < 0 || mounts_apply(plan, rootfs, err) < 0) return -1;
    if (devices_apply(plan, rootfs, err) < 0) return -1;
    if (plan->process.terminal) {
        *slave = make_terminal(init, rootfs, err);
        if (*slave < 0 || devices_console(rootfs, *slave, err) < 0) return -1;
    }
    if (masks_apply(plan, rootfs, err) < 0) return -1;
    if (user_resolve(rootfs, &init->plan->process, &init->plan->arena, err) < 0) return -1;
    if (hooks_before_pivot(init, err) < 0) return -1;
    return init->request->no_pivot ? rootfs_move(plan, rootfs, err) : rootfs_pivot(plan, rootfs, err);
}

static int enter(const struct init *init, int *slave, struct error *err) {
    if (namespaces_join_process(init->target, init->request->target, init->plan->namespaces[NS_TIME].wanted, err) < 0) return -1;
    CLEAN_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return error_errno(err, "open", "/");
    if (user_resolve(root, &init->plan->process, &init->plan->arena, err) < 0) return -1;
    if (!init->plan->process.terminal) return 0;
    *slave = make_terminal(init, root, err);
    return *slave < 0 ? -1 : 0;
}

// OCI create: stay here until `start` writes a byte into the FIFO.
static int wait_at_gate(const struct init *init, struct error *err) {
    struct control_message ready = {.kind = CONTROL_READY};
    struct pollfd gate = {.fd = init->request->gate, .events = POLLIN};
    char byte;
    if (gate.fd < 0) return 0;
    if (control_send(init->control, &ready, -1) < 0) return error_errno(err, "wait for start", NULL);
    while (poll(&gate, 1, -1) < 0)
        if (errno != EINTR) return error_errno(err, "wait for start", NULL);
    return read(gate.fd, &byte, 1) == 1 ? 0 : error_set(err, 0, "wait for start", NULL, "given up");
}

static int seal(const struct init *init, pid_t pid, uint64_t kept, struct error *err) {
    const struct plan *plan = init->plan;
    const char *status = init->target >= 0 ? "running" : init->request->gate >= 0 ? "created" : "creating";
    struct container_state state = {.id = init->request->id, .bundle = plan->bundle, .status = status, .pid = pid, .annotations = plan->annotations};
    struct notify notify = {.socket = init->agent};
    int result = init->agent < 0 ? 0 : notify_prepare(&plan->seccomp, &state, &notify, err);
    if (result == 0) result = credentials_seal(plan, kept, &notify, err);
    free(notify.text);
    return result;
}

// Everything with the identity of the process itself, up to the last step.
static int become(const struct init *init, pid_t pid, char path[PATH_MAX], struct error *err) {
    const struct plan_process *process = &init->plan->process;
    uint64_t kept = credentials_kept(init->plan);
    umask(022);
    int in_cwd = program_cwd(process->cwd, init->request->create_cwd, err);
    if (in_cwd < 0 && err->errnum != EACCES) return -1;
    if (init->target < 0 && rootfs_finish(init->plan, err) < 0) return -1; // read-only only now: the directory may be new
    if (labels_set(process, err) < 0 || attributes_apply(init->plan, err) < 0) return -1;
    if (init->target >= 0 && attributes_cpus(process, true, err) < 0) return -1;
    if (credentials_limits(init->plan, init->request->keep_keyring, err) < 0 || credentials_user(process, kept, err) < 0) return -1;
    if (in_cwd < 0 && program_cwd(process->cwd, false, err) < 0) return -1; // closed to root (NFS), open to the user
    umask(process->user.umask);
    if (die_with_parent(init, err) < 0 || program_find(process, path, err) < 0) return -1;
    if (wait_at_gate(init, err) < 0) return -1;
    if (hooks_here(init, HOOK_START_CONTAINER, "created", "/", err) < 0) return -1;
    return seal(init, pid, kept, err);
}

static int run(const struct init *init, struct error *err) {
    CLEAN_FD int slave = -1;
    char path[PATH_MAX];
    pid_t pid = 0; // as the parent sees it
    reset_signals();
    if (init->agent >= 0 && (pid = notify_pid(err)) == 0) return -1;
    if (rdt_enter(init->rdt, err) < 0) return -1;
    if (die_with_parent(init, err) < 0 || wait_for_maps(init, err) < 0) return -1;
    if (init->target >= 0 && attributes_cpus(&init->plan->process, false, err) < 0) return -1;
    // While the files of /proc/self are still this user's.
    if (set_oom_score(&init->plan->process, err) < 0 || namespaces_time(init->plan, init->target >= 0, err) < 0) return -1;
    // From here on nobody in a joined namespace may look into this process (CVE-2019-5736).
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return error_errno(err, "close to others", NULL);
    if (new_session(err) < 0) return -1;
    if ((init->target >= 0 ? enter(init, &slave, err) : build(init, &slave, err)) < 0) return -1;
    if (set_stdio(init, slave, err) < 0) return -1;
    if (close_descriptors(init->request->preserve_fds, err) < 0) return -1;
    if (become(init, pid, path, err) < 0) return -1;
    return program_exec(&init->plan->process, path, err);
}

void init_run(const struct init *init) {
    struct control_message message = {.kind = CONTROL_ERROR, .error = {.code = CODE_ENGINE}};
    close(init->parents);
    (void)run(init, &message.error);
    if (message.error.code == 0) message.error.code = CODE_ENGINE;
    if (message.error.errnum == ENOSYS && message.error.code == CODE_ENGINE)
        snprintf(message.error.message, sizeof message.error.message, "the kernel is too old: Linux 5.12 or later is needed");
    (void)control_send(init->control, &message, -1);
    // Behind the gate nobody is at the socket's other end any more.
    if (init->request->report >= 0) (void)io_write_full(init->request->report, &message.error, sizeof message.error);
    _exit(message.error.code);
}
