// Fuzzes the seccomp section alone: whatever stands there is an error with a reason or a program that the kernel would take.
#include "section.h"

static const char *const words[] = {
    "{", "}", "[", "]", ",", ":", "null", "true", "-1", "1e999", "4294967296", "18446744073709551615", "\"defaultAction\":", "\"defaultErrnoRet\":",
    "\"architectures\":", "\"flags\":", "\"listenerPath\":", "\"listenerMetadata\":", "\"syscalls\":", "\"names\":", "\"action\":", "\"errnoRet\":", "\"args\":",
    "\"index\":", "\"value\":", "\"valueTwo\":", "\"op\":", "\"SCMP_ACT_ALLOW\"", "\"SCMP_ACT_ERRNO\"", "\"SCMP_ACT_KILL_PROCESS\"", "\"SCMP_ACT_TRACE\"",
    "\"SCMP_ACT_NOTIFY\"", "\"SCMP_ACT_LOG\"", "\"SCMP_ARCH_X86\"", "\"SCMP_ARCH_X86_64\"", "\"SCMP_ARCH_X32\"", "\"SCMP_ARCH_AARCH64\"", "\"SCMP_CMP_EQ\"",
    "\"SCMP_CMP_MASKED_EQ\"", "\"SCMP_CMP_GE\"", "\"SECCOMP_FILTER_FLAG_LOG\"", "\"clone\"", "\"socket\"", "\"no_such_call\"", "\"\"",
};

// What seccomp_check_filter and bpf_check_classic ask of jumps and of the end.
static void check_program(const struct plan_seccomp *seccomp) {
    if (seccomp->count == 0 || BPF_CLASS(seccomp->filter[seccomp->count - 1].code) != BPF_RET) abort();
    for (size_t i = 0; i < seccomp->count; i++) {
        const struct sock_filter *at = &seccomp->filter[i];
        if (BPF_CLASS(at->code) != BPF_JMP) continue;
        size_t far = BPF_OP(at->code) == BPF_JA ? at->k : at->jt > at->jf ? at->jt : at->jf;
        if (i + 1 + far >= seccomp->count) abort();
    }
}

static void check_plan(const struct plan *plan) {
    if (plan->seccomp.filter != NULL) check_program(&plan->seccomp);
}

static void take(const uint8_t *data, size_t size) {
    fuzz_section(data, size, "\"seccomp\":", check_plan);
}

int main(int argc, char **argv) {
    return fuzz_run(argc, argv, words, sizeof words / sizeof *words, take);
}
