// A process that does nothing but keep a place alive. Knows nothing of the place.
#include "keeper.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t keeper_start(uint64_t namespaces, const char *step, struct error *err) {
    struct clone_args arguments = {.flags = namespaces, .exit_signal = SIGCHLD};
    pid_t parent = getpid(), pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) return error_errno(err, step, NULL);
    if (pid > 0) return pid;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent) _exit(1);
    for (;;) (void)pause();
}

void keeper_end(pid_t pid) {
    if (pid <= 0) return;
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}
