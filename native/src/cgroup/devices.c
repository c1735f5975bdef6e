// The device controller of cgroup v2: the rules become a small BPF program, written here instruction by instruction.
#include "devices.h"

#include "cgroup.h"
#include "common/cleanup.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum { RULE_INSNS = 12, EDGE_INSNS = 8, ASKED = 3 };

static const struct cgroup_device defaults[] = {
    {true, 'c', -1, -1, CGROUP_MKNOD},
    {true, 'b', -1, -1, CGROUP_MKNOD}, // a node alone opens nothing
    {true, 'c', 1, 3, CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD},
    {true, 'c', 1, 5, CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD},
    {true, 'c', 1, 7, CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD},
    {true, 'c', 1, 8, CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD},
    {true, 'c', 1, 9, CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD},
    {true, 'c', 5, 0, CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD},
    {true, 'c', 5, 1, CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD},
    {true, 'c', 5, 2, CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD},   // ptmx
    {true, 'c', 136, -1, CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD}, // pts
};
enum { DEFAULT_COUNT = sizeof defaults / sizeof *defaults };

// Registers: r1 the context, r3 (ASKED) what is asked and not yet decided, r2 what is being compared.
struct program {
    struct bpf_insn *insns;
    size_t count;
};

static void emit(struct program *program, uint8_t code, uint8_t to, uint8_t from, int16_t offset, int32_t number) {
    program->insns[program->count++] = (struct bpf_insn){.code = code, .dst_reg = to & 15u, .src_reg = from & 15u, .off = offset, .imm = number};
}

static void emit_return(struct program *program, int32_t value) {
    emit(program, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, value);
    emit(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void emit_start(struct program *program) {
    emit(program, BPF_LDX | BPF_W | BPF_MEM, ASKED, 1, offsetof(struct bpf_cgroup_dev_ctx, access_type), 0);
    emit(program, BPF_ALU64 | BPF_RSH | BPF_K, ASKED, 0, 0, 16);
}

static int32_t access_bits(unsigned int access) {
    return ((access & CGROUP_READ) != 0 ? BPF_DEVCG_ACC_READ : 0) | ((access & CGROUP_WRITE) != 0 ? BPF_DEVCG_ACC_WRITE : 0) |
           ((access & CGROUP_MKNOD) != 0 ? BPF_DEVCG_ACC_MKNOD : 0);
}

// Jumps over the rest of a rule, `*rest` instructions behind this, unless a member of the context has the value. It is read anew
// for each rule: a number that the kernel's verifier knew from an earlier one would make it follow every combination of rules.
static void emit_unlike(struct program *program, int16_t offset, int16_t *rest, int32_t value) {
    bool is_type = offset == offsetof(struct bpf_cgroup_dev_ctx, access_type);
    emit(program, BPF_LDX | BPF_W | BPF_MEM, 2, 1, offset, 0);
    if (is_type) emit(program, BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, 0xffff);
    *rest = (int16_t)(*rest - (is_type ? 3 : 2));
    emit(program, BPF_JMP32 | BPF_JNE | BPF_K, 2, 0, *rest, value);
}

static void emit_rule(struct program *program, const struct cgroup_device *rule) {
    int32_t type = rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, bits = access_bits(rule->access);
    int16_t rest = (int16_t)((rule->type != 'a' ? 3 : 0) + (rule->major >= 0 ? 2 : 0) + (rule->minor >= 0 ? 2 : 0) + 4);
    if (rule->type != 'a') emit_unlike(program, offsetof(struct bpf_cgroup_dev_ctx, access_type), &rest, type);
    if (rule->major >= 0) emit_unlike(program, offsetof(struct bpf_cgroup_dev_ctx, major), &rest, (int32_t)(uint32_t)rule->major);
    if (rule->minor >= 0) emit_unlike(program, offsetof(struct bpf_cgroup_dev_ctx, minor), &rest, (int32_t)(uint32_t)rule->minor);
    if (rule->allow) {
        // These are granted; nothing left: all is.
        emit(program, BPF_ALU64 | BPF_AND | BPF_K, ASKED, 0, 0, ~bits);
        emit(program, BPF_JMP | BPF_JNE | BPF_K, ASKED, 0, 2, 0);
        emit_return(program, 1);
        return;
    }
    emit(program, BPF_JMP | BPF_JSET | BPF_K, ASKED, 0, 1, bits);
    emit(program, BPF_JMP | BPF_JA, 0, 0, 2, 0);
    emit_return(program, 0);
}

static int load(const struct program *program) {
    union bpf_attr attributes = {
        .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
        .insns = (uint64_t)(uintptr_t)program->insns,
        .insn_cnt = (uint32_t)program->count,
        .license = (uint64_t)(uintptr_t) "GPL",
    };
    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

static int attach(int dir, int program) {
    union bpf_attr attributes = {
        .target_fd = (uint32_t)dir,
        .attach_bpf_fd = (uint32_t)program,
        .attach_type = BPF_CGROUP_DEVICE,
        .attach_flags = BPF_F_ALLOW_MULTI,
    };
    return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes);
}

bool devices_restrict(const struct cgroup_resources *resources) {
    const unsigned int all = CGROUP_READ | CGROUP_WRITE | CGROUP_MKNOD;
    for (size_t i = resources->device_count; i > 0; i--) {
        const struct cgroup_device *rule = &resources->devices[i - 1];
        if (!rule->allow) return true;
        if (rule->type == 'a' && rule->major < 0 && rule->minor < 0 && rule->access == all) return false;
    }
    return resources->device_count > 0;
}

bool devices_divided(const struct cgroup_resources *resources) {
    const unsigned int both = CGROUP_READ | CGROUP_WRITE;
    for (size_t i = 0; i < resources->device_count; i++) {
        const struct cgroup_device *rule = &resources->devices[i];
        bool one = rule->type != 'a' && rule->major >= 0 && rule->minor >= 0;
        if (rule->allow && one && (rule->access & both) != both && (rule->access & both) != 0) return true;
    }
    return false;
}

int devices_control(const char *path, int dir, const struct cgroup_resources *resources, struct error *err) {
    CLEAN_FREE struct bpf_insn *insns = calloc((resources->device_count + DEFAULT_COUNT) * RULE_INSNS + EDGE_INSNS, sizeof *insns);
    struct program program = {.insns = insns};
    if (insns == NULL) return error_errno(err, "cgroup", path);
    emit_start(&program);
    for (size_t i = DEFAULT_COUNT; i > 0; i--) emit_rule(&program, &defaults[i - 1]);
    for (size_t i = resources->device_count; i > 0; i--) emit_rule(&program, &resources->devices[i - 1]);
    emit_return(&program, 0);
    CLEAN_FD int fd = load(&program);
    if (fd >= 0 && attach(dir, fd) == 0) return 0;
    return error_set(err, errno, "cgroup", path, "the rules of linux.resources.devices can't be put in force: %s", strerrordesc_np(errno));
}
