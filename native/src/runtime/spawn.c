// Making the child: one clone3. Knows nothing of what it does.
#include "spawn.h"

#include "common/cleanup.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_SIZE = 128 * 1024, GUARD_SIZE = 64 * 1024 };

// The sanitizer knows nothing of a second stack; another machine has no way to begin on one here.
#if !defined(__SANITIZE_ADDRESS__) && (defined(__x86_64__) || defined(__aarch64__))
#define CAN_SHARE 1
#else
#define CAN_SHARE 0
#endif

static struct clone_args arguments_of(uint64_t flags, int cgroup, int *pidfd) {
    return (struct clone_args){
        .flags = flags | CLONE_PIDFD | (cgroup >= 0 ? (uint64_t)CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = (unsigned)(cgroup >= 0 ? cgroup : 0),
    };
}

// As fork: a copy of this process.
static pid_t spawn_copy(struct clone_args *arguments, struct init *init) {
    pid_t pid = (pid_t)syscall(SYS_clone3, arguments, sizeof *arguments);
    if (pid == 0) init_run(init);
    return pid;
}

#if CAN_SHARE
static void run_in_child(struct init *init) {
    init_run(init);
}

// clone3 whose child has a stack of its own: it can't return from here, so it calls its function at once. The function and
// its argument wait in registers that a system call keeps.
static long clone3_calling(struct clone_args *arguments, void (*function)(struct init *), struct init *init) {
#if defined(__x86_64__)
    register void (*call)(struct init *) __asm__("r12") = function;
    register struct init *with __asm__("r13") = init;
    long result = SYS_clone3;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "mov %%r13, %%rdi\n\t"
                     "call *%%r12\n\t"
                     "hlt\n"
                     "1:"
                     : "+a"(result)
                     : "D"(arguments), "S"(sizeof *arguments), "r"(call), "r"(with)
                     : "rcx", "r11", "memory", "cc");
    return result;
#else
    register void (*call)(struct init *) __asm__("x19") = function;
    register struct init *with __asm__("x20") = init;
    register long number __asm__("x8") = SYS_clone3;
    register long first __asm__("x0") = (long)arguments;
    register long second __asm__("x1") = sizeof *arguments;
    __asm__ volatile("svc #0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "mov x30, xzr\n\t"
                     "mov x0, x20\n\t"
                     "blr x19\n\t"
                     "brk #0\n"
                     "1:"
                     : "+r"(first)
                     : "r"(number), "r"(second), "r"(call), "r"(with)
                     : "memory", "cc");
    return first;
#endif
}

// As vfork, with a stack of its own. Nothing is copied, and no page is faulted in twice, which is half of a start's cost.
static pid_t spawn_sharing(struct clone_args *arguments, struct init *init) {
    char *stack = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) return -1;
    long pid = -1;
    if (mmap(stack + GUARD_SIZE, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0) != MAP_FAILED) {
        arguments->flags |= CLONE_VM | CLONE_VFORK;
        arguments->stack = (uint64_t)(uintptr_t)(stack + GUARD_SIZE);
        arguments->stack_size = STACK_SIZE;
        pid = clone3_calling(arguments, run_in_child, init);
        if (pid < 0) errno = (int)-pid;
    }
    int saved = errno;
    munmap(stack, GUARD_SIZE + STACK_SIZE);
    errno = saved;
    return pid < 0 ? -1 : (pid_t)pid;
}
#else
static pid_t spawn_sharing(struct clone_args *arguments, struct init *init) {
    return spawn_copy(arguments, init);
}
#endif

pid_t spawn(uint64_t flags, int cgroup, bool share, struct init *init, int *pidfd) {
    struct clone_args arguments = arguments_of(flags, cgroup, pidfd);
    return share ? spawn_sharing(&arguments, init) : spawn_copy(&arguments, init);
}

// What the helper has to tell, in memory that both see.
struct told {
    pid_t pid;
    struct error err;
};

static void help(uint64_t flags, int cgroup, struct namespaces *joined, struct init *init, struct told *told) {
    int unused = -1;
    struct namespaces none;
    if (namespaces_join_all(joined, &told->err) < 0) return;
    struct clone_args arguments = arguments_of(flags | CLONE_PARENT, cgroup, &unused);
    arguments.exit_signal = 0; // it is the helper's own, SIGCHLD
    for (int kind = 0; kind < NS_COUNT; kind++) none.fds[kind] = -1;
    none.fds[NS_TIME] = joined->fds[NS_TIME];
    init->joined = &none;
    told->pid = spawn_copy(&arguments, init);
    if (told->pid < 0) (void)error_errno(&told->err, "make namespaces", NULL);
}

pid_t spawn_inside(uint64_t flags, int cgroup, struct namespaces *joined, struct init *init, int *pidfd, struct error *err) {
    struct told *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED) return error_errno(err, "make namespaces", NULL);
    told->pid = -1;
    (void)error_set(&told->err, 0, "make namespaces", NULL, "the helper was killed");
    pid_t helper = fork();
    if (helper == 0) {
        help(flags, cgroup, joined, init, told);
        _exit(0);
    }
    if (helper < 0) (void)error_errno(&told->err, "make namespaces", NULL);
    while (helper > 0 && waitpid(helper, NULL, 0) < 0 && errno == EINTR) continue;
    pid_t pid = told->pid;
    *pidfd = pid < 0 ? -1 : pidfd_open(pid, 0); // this process's own child: the number is not given again before it is waited for
    if (pid < 0) {
        int code = err->code;
        *err = told->err;
        err->code = code;
    }
    munmap(told, sizeof *told);
    return pid;
}
