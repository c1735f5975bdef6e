// The process that becomes the holder, step by step. Knows no file of the run directory.
#include "client/namespace_child.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    char *start;
    size_t size;
} arguments;

// Arguments and environment lie one after the other; both may hold secrets and would stay in /proc for as long as the holder lives.
void holder_remember_arguments(int argc, char **argv) {
    if (argc < 1) return;
    char *end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
    for (char **variable = environ; *variable != NULL && *variable == end; variable++) end += strlen(*variable) + 1;
    arguments.start = argv[0];
    arguments.size = (size_t)(end - argv[0]);
}

static void child_rename(void) {
    static const char name[] = "slipway-holder";
    prctl(PR_SET_NAME, name);
    memset(arguments.start, 0, arguments.size);
    memcpy(arguments.start, name, arguments.size < sizeof name ? arguments.size : sizeof name);
    if (arguments.size > 0) arguments.start[arguments.size - 1] = '\0';
}

// Tells how a step went; the parent's word to go on is a byte, its death the end.
static void child_report(int channel, int errnum) {
    char go;
    if (send(channel, &errnum, sizeof errnum, MSG_NOSIGNAL) != sizeof errnum || errnum != 0) _exit(1);
    if (recv(channel, &go, 1, 0) != 1) _exit(1);
}

static _Noreturn void child_hold(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3 && null >= 0; fd++) dup2(null, fd);
    close_range(3, ~0u, 0);
    child_rename();
    for (;;) pause();
}

static _Noreturn void child_run(int channel) {
    setsid();
    child_report(channel, unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ? errno : 0);
    // Mounts of the machine still arrive; ours stay here.
    int failed = chdir("/") < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0;
    child_report(channel, failed ? errno : 0);
    child_hold();
}

static bool setting_is(const char *path, char value) {
    CLEAN_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    char first;
    return fd >= 0 && read(fd, &first, 1) == 1 && first == value;
}

#define APPARMOR "kernel.apparmor_restrict_unprivileged_userns"

// In words for the person, from what the kernel said and the settings that make it say so.
static void refusal(int errnum, char *reason, size_t room) {
    if (errnum == ENOSPC) {
        snprintf(reason, room, "%s", setting_is("/proc/sys/user/max_user_namespaces", '0')
                     ? "user namespaces are switched off (user.max_user_namespaces is 0)"
                     : "the limit of user namespaces is reached (user.max_user_namespaces)");
    } else if (setting_is("/proc/sys/kernel/unprivileged_userns_clone", '0')) {
        snprintf(reason, room, "user namespaces are for root only here (kernel.unprivileged_userns_clone is 0)");
    } else if (setting_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1')) {
        snprintf(reason, room, "AppArmor restricts user namespaces to programs with a profile (" APPARMOR " is 1)");
    } else {
        snprintf(reason, room, "the kernel refused a user namespace: %s", strerrordesc_np(errnum));
    }
}

static bool is_refusal(int errnum) {
    return errnum == EPERM || errnum == EACCES || errnum == ENOSPC || errnum == EUSERS || errnum == EINVAL || errnum == ENOSYS;
}

// Waits for the child's report of one step.
static enum holder_result child_answer(const struct namespace_child *child, char *reason, size_t room, struct error *err) {
    int errnum;
    ssize_t got = recv(child->channel, &errnum, sizeof errnum, 0);
    if (got == sizeof errnum && errnum == 0) return HOLDER_JOINED;
    if (got == sizeof errnum && is_refusal(errnum)) {
        refusal(errnum, reason, room);
        return HOLDER_REFUSED;
    }
    error_set(err, 0, "make a user namespace", NULL, "%s", got == sizeof errnum ? strerrordesc_np(errnum) : "its process was killed");
    return HOLDER_FAILED;
}

enum holder_result namespace_child_start(struct namespace_child *child, char *reason, size_t room, struct error *err) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        error_errno(err, "make a user namespace", NULL);
        return HOLDER_FAILED;
    }
    child->channel = pair[0];
    child->pid = fork();
    if (child->pid == 0) {
        close(pair[0]);
        child_run(pair[1]);
    }
    close(pair[1]);
    if (child->pid < 0) {
        error_errno(err, "start a process", NULL);
        close(pair[0]);
        return HOLDER_FAILED;
    }
    enum holder_result result = child_answer(child, reason, room, err);
    if (result != HOLDER_JOINED) namespace_child_end(child);
    return result;
}

enum holder_result namespace_child_prepare(struct namespace_child *child, char *reason, size_t room, struct error *err) {
    (void)send(child->channel, "g", 1, MSG_NOSIGNAL); // a child that is gone shows in the answer
    return child_answer(child, reason, room, err);
}

void namespace_child_keep(struct namespace_child *child) {
    (void)send(child->channel, "k", 1, MSG_NOSIGNAL);
    close(child->channel);
}

void namespace_child_end(struct namespace_child *child) {
    close(child->channel);
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) continue;
}
