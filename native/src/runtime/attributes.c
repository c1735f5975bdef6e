// What the kernel's schedulers are told of a process: sched_setattr(2), ioprio_set(2), sched_setaffinity(2), personality(2).
#include "attributes.h"

#include <sched.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

// linux/sched/types.h, which can't be read beside the library's own sched.h: SCHED_ATTR_SIZE_VER0.
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

enum { WHO_PROCESS = 1 }; // IOPRIO_WHO_PROCESS

int attributes_cpus(const struct plan_process *process, bool final, struct error *err) {
    const cpu_set_t *set = final ? process->cpus_final : process->cpus_initial;
    if (set == NULL || sched_setaffinity(0, sizeof *set, set) == 0) return 0;
    return error_errno(err, "set CPUs", final ? "execCPUAffinity.final" : "execCPUAffinity.initial");
}

static int set_scheduler(const struct plan_scheduler *wanted, struct error *err) {
    struct attributes attributes = {
        .size = sizeof attributes,
        .policy = wanted->policy,
        .flags = wanted->flags,
        .nice = wanted->nice,
        .priority = wanted->priority,
        .runtime = wanted->runtime,
        .deadline = wanted->deadline,
        .period = wanted->period,
    };
    if (!wanted->wanted || syscall(SYS_sched_setattr, 0, &attributes, 0) == 0) return 0;
    return error_errno(err, "set scheduler", NULL);
}

int attributes_apply(const struct plan *plan, struct error *err) {
    const struct plan_process *process = &plan->process;
    if (set_scheduler(&process->scheduler, err) < 0) return -1;
    if (process->io_priority != 0 && syscall(SYS_ioprio_set, WHO_PROCESS, 0, process->io_priority) < 0)
        return error_errno(err, "set I/O priority", NULL);
    if (plan->has_personality && personality((unsigned long)plan->personality) < 0) return error_errno(err, "set personality", NULL);
    return 0;
}
