// The least that a container costs on this machine: one clone3 with all namespaces, an overlay, pivot_root, exec, wait.
//   floor LOWER SCRATCH PROGRAM     SCRATCH: a folder for upper, work and root, which exist
#define _GNU_SOURCE
#include <err.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(const char *lower, const char *scratch, char *program) {
    char options[8192], root[4096];
    char *words[] = {program, NULL};
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", lower, scratch, scratch);
    snprintf(root, sizeof root, "%s/root", scratch);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) err(1, "private");
    if (mount("overlay", root, "overlay", 0, options) < 0) err(1, "overlay");
    if (chdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0) err(1, "pivot_root");
    execv(program, words);
    err(1, "exec");
}

int main(int argc, char **argv) {
    struct clone_args arguments = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP,
        .exit_signal = SIGCHLD,
    };
    int status;
    if (argc != 4) errx(2, "usage: floor LOWER SCRATCH PROGRAM");
    pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) err(1, "clone3");
    if (pid == 0) child(argv[1], argv[2], argv[3]);
    if (waitpid(pid, &status, 0) < 0) err(1, "wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
