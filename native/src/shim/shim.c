// The shim's life: read the plan, start the process, pass its bytes until it ends, report. native/README.md is its contract.
#include "shim.h"

#include "cgroup/cgroup.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "report.h"
#include "runtime/config.h"
#include "runtime/program.h"
#include "runtime/pty.h"
#include "slow.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

// How long held output waits for somebody who watches.
enum { HOLD_SECONDS = 10 };

// Ends of the process's pipes: [i][0] the process's, [i][1] the shim's.
struct pipes {
    int ends[3][2];
};

static void cleanup_pipes(struct pipes *pipes) {
    for (int i = 0; i < 3; i++)
        for (int end = 0; end < 2; end++)
            if (pipes->ends[i][end] >= 0) close(pipes->ends[i][end]);
}

// 0, 1 and 2 stay the caller's; if one of them is closed, /dev/null takes its place before anything else can.
static int own_descriptors(struct error *err) {
    if (syscall(SYS_close_range, 3, ~0U, 0) < 0) return error_errno(err, "close descriptors", NULL);
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) return error_errno(err, "open", "/dev/null");
    return 0;
}

// Signals become events; SIGHUP, SIGINT and SIGPIPE are not for a shim.
static int take_signals(struct shim *shim, struct error *err) {
    sigset_t wanted, ignored;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    ignored = wanted;
    sigaddset(&ignored, SIGHUP);
    sigaddset(&ignored, SIGINT);
    sigaddset(&ignored, SIGPIPE);
    sigprocmask(SIG_SETMASK, &ignored, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); // an ignored one would reap by itself
    shim->signals.fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    return shim->signals.fd < 0 ? error_errno(err, "take signals", NULL) : 0;
}

static int make_pipes(const struct shim *shim, struct pipes *pipes, struct error *err) {
    for (int i = 0; i < 3; i++) pipes->ends[i][0] = pipes->ends[i][1] = -1;
    if (shim->tty) return 0;
    for (int i = 0; i < 3; i++) {
        int pair[2];
        if (i == 0 && !shim->options.open_stdin) {
            pipes->ends[0][0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
            if (pipes->ends[0][0] < 0) return error_errno(err, "open", "/dev/null");
            continue;
        }
        if (pipe2(pair, O_CLOEXEC) < 0) return error_errno(err, "make pipes", NULL);
        pipes->ends[i][0] = pair[i == 0 ? 0 : 1];
        pipes->ends[i][1] = pair[i == 0 ? 1 : 0];
        if (fcntl(pipes->ends[i][1], F_SETFL, O_NONBLOCK) < 0) return error_errno(err, "make pipes", NULL);
    }
    return 0;
}

// Hands the terminal or the pipes' ends to input and outputs.
static int connect_streams(struct shim *shim, struct pipes *pipes, struct error *err) {
    int master = shim->container.master;
    if (!shim->tty) {
        if (pipes->ends[0][1] >= 0) input_open(&shim->input, take_fd(&pipes->ends[0][1]), false);
        output_open(&shim->outputs[0], take_fd(&pipes->ends[1][1]), 0);
        output_open(&shim->outputs[1], take_fd(&pipes->ends[2][1]), 1);
        return 0;
    }
    // Two more descriptors of the same terminal, so that the loop can wait for reading and writing apart.
    int input = fcntl(master, F_DUPFD_CLOEXEC, 3), output = fcntl(master, F_DUPFD_CLOEXEC, 3);
    shim->terminal_peer = pty_peer(master);
    input_open(&shim->input, input, true);
    output_open(&shim->outputs[0], output, 0);
    if (master < 0 || input < 0 || output < 0 || fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
        return error_errno(err, "take terminal", NULL);
    return 0;
}

static int start_process(struct shim *shim, struct plan *plan, struct error *err) {
    struct pipes pipes __attribute__((cleanup(cleanup_pipes)));
    shim->tty = plan->process.terminal;
    if (make_pipes(shim, &pipes, err) < 0) return -1;
    struct container_request request = {
        .stdio = {pipes.ends[0][0], pipes.ends[1][0], pipes.ends[2][0]},
        .die_with_parent = true,
        .gate = -1,
        .report = -1,
        .target = shim->options.target,
        .target_start = shim->options.target_start,
        .create_cwd = shim->options.process_file == NULL,
        .cgroup = plan->cgroups_path,
    };
    clock_gettime(CLOCK_REALTIME, &shim->started);
    if (container_start(plan, &request, &shim->container, err) < 0) return -1;
    if (shim->container.in_cgroup && request.target == 0) shim->cgroup = strdup(request.cgroup);
    return connect_streams(shim, &pipes, err);
}

static void reap(struct shim *shim) {
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0) return;
        if (info.si_pid != shim->container.pid) continue; // an orphan of a container without a pid namespace
        bool killed = info.si_code != CLD_EXITED;
        shim->status_signal = killed ? info.si_status : 0;
        shim->status_code = killed ? 128 + info.si_status : info.si_status;
        clock_gettime(CLOCK_REALTIME, &shim->finished);
        shim->exited = true;
    }
}

// Whatever the container left running ends with it. Returns whether the OOM killer was there.
static bool end_cgroup(const struct shim *shim) {
    struct error ignored;
    if (shim->cgroup == NULL) return false;
    bool killed = cgroup_oom_kills(shim->cgroup) > 0;
    (void)cgroup_remove(shim->cgroup, &ignored);
    return killed;
}

// All is over when the process is reaped and its output was let go.
static void end_if_over(struct shim *shim) {
    if (!shim->exited || shim->held || shim->ended) return;
    shim->ended = true;
    output_drain(shim);
    log_finish(&shim->log);
    input_close(shim);
    // Who waits is told before the disk has it: a power cut ends the container's story anyway.
    struct report_end end = {.code = shim->status_code, .signal = shim->status_signal, .oom_killed = end_cgroup(shim),
                             .started = shim->started, .finished = shim->finished};
    CLEAN_FD int file = report_exit(shim->options.exit_file, &end);
    unlink(shim->options.socket);
    client_accept(&shim->listener, 0, shim); // who has just connected learns the end too
    loop_close(&shim->loop, &shim->listener);
    client_end_all(shim, shim->status_code);
    if (file >= 0) (void)io_make_durable(file, AT_FDCWD, shim->options.exit_file);
}

static void signals_ready(struct source *source, uint32_t events, void *context) {
    struct shim *shim = context;
    struct signalfd_siginfo info;
    (void)events;
    while (read(source->fd, &info, sizeof info) == sizeof info)
        if (info.ssi_signo == SIGTERM) shim_signal(shim, SIGTERM); // the machine goes down: the process decides
    reap(shim);
}

void shim_signal(struct shim *shim, int number) {
    if (number < 1 || number >= NSIG || shim->exited || shim->container.pidfd < 0) return;
    (void)syscall(SYS_pidfd_send_signal, shim->container.pidfd, number, NULL, 0);
}

void shim_release(struct shim *shim) {
    shim->held = false;
}

// After every event, when no client is being dealt with: what has become possible by it.
static void follow_up(struct shim *shim) {
    end_if_over(shim);
    slow_follow(shim);
    if (!shim->ended) output_flow(shim, !shim->held && !client_any_full(shim));
}

// Whoever asked to hold the output died before it could watch: nobody would ever let it go.
static void patience_over(struct source *source, uint32_t events, void *context) {
    struct shim *shim = context;
    (void)events;
    loop_close(&shim->loop, source);
    if (!client_any_watch(shim)) shim_release(shim);
}

static void hold(struct shim *shim) {
    struct itimerspec once = {.it_value.tv_sec = HOLD_SECONDS};
    shim->held = true;
    shim->patience.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (shim->patience.fd < 0 || timerfd_settime(shim->patience.fd, 0, &once, NULL) < 0) return;
    loop_watch(&shim->loop, &shim->patience, EPOLLIN);
}

static int prepare(struct shim *shim, struct error *err) {
    if (own_descriptors(err) < 0 || take_signals(shim, err) < 0 || loop_open(&shim->loop, err) < 0) return -1;
    setsid(); // fails only for one that leads a session already
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) return error_errno(err, "become reaper", NULL);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return error_errno(err, "close to others", NULL);
    return 0;
}

static int start(struct shim *shim, struct plan *plan, uint64_t *start_time, struct error *err) {
    const struct shim_options *options = &shim->options;
    if (config_read(options->bundle, NULL, options->process_file, options->seccomp_cache, plan, err) < 0) return -1;
    if (plan->hooks.text != NULL && options->process_file == NULL)
        return error_set(err, EOPNOTSUPP, "config", "hooks", "are not run by the shim");
    if (log_open(&shim->log, options->log, options->log_size, options->log_files, err) < 0) return -1;
    shim->listener.fd = client_listen(options->socket, err);
    if (shim->listener.fd < 0) return -1;
    if (start_process(shim, plan, err) == 0 && container_start_time(shim->container.pid, start_time, err) == 0) return 0;
    shim_signal(shim, SIGKILL);
    (void)end_cgroup(shim);
    unlink(options->socket);
    return -1;
}

// The code that only a start needs is not kept mapped: these pages are clean, and what still runs comes back by itself.
static int forget_code(struct dl_phdr_info *info, size_t size, void *data) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)size;
    (void)data;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_LOAD || (info->dlpi_phdr[i].p_flags & PF_W) != 0) continue;
        uintptr_t from = (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr) / page * page;
        uintptr_t to = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
        (void)madvise((void *)from, to - from, MADV_DONTNEED);
    }
    return 1; // the program itself is the first
}

// The caller has its line; from now on its pipe is not held open, and the memory of the start is given back.
static void settle(struct plan *plan) {
    CLEAN_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3 && null >= 0; fd++) (void)dup2(null, fd);
    if (chdir("/") < 0) return;
    plan_free(plan);
    malloc_trim(0);
    (void)dl_iterate_phdr(forget_code, NULL);
}

int shim_main(int argc, char **argv) {
    static struct shim shim = {
        .loop = {-1}, .container = {-1, -1, -1, false}, .terminal_peer = -1,
        .listener = {.fd = -1, .ready = client_accept}, .signals = {.fd = -1, .ready = signals_ready},
        .patience = {.fd = -1, .ready = patience_over}, .slow = {.fd = -1},
        .outputs = {{.source.fd = -1}, {.source.fd = -1}}, .input = {.source.fd = -1}, .log = {.fd = -1},
    };
    struct plan plan = {0};
    struct error err = {.code = CODE_ENGINE};
    uint64_t start_time = 0;
    if (shim_options_parse(argc, argv, &shim.options, &err) < 0 || prepare(&shim, &err) < 0 ||
        start(&shim, &plan, &start_time, &err) < 0) {
        report_error(STDOUT_FILENO, &err);
        return 1;
    }
    report_started(STDOUT_FILENO, shim.container.pid, start_time);
    settle(&plan);
    if (shim.options.hold) hold(&shim);
    loop_watch(&shim.loop, &shim.listener, EPOLLIN);
    loop_watch(&shim.loop, &shim.signals, EPOLLIN);
    follow_up(&shim);
    while (!shim.ended || shim.clients != NULL) {
        if (loop_step(&shim.loop, &shim) < 0) return 1;
        follow_up(&shim);
    }
    return 0;
}
