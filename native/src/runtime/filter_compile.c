// Seccomp: the OCI linux.seccomp section (runtime-spec config-linux.md, "seccomp") to BPF with libseccomp.
#include "filter.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Linux 5.19's; the headers of Debian 12 have it, older ones may not.
#define WAIT_KILLABLE_RECV (1u << 5)

enum { MAX_RULES = 4096, MAX_ARGS = 64, MAX_ARCHES = 16, ARG_COUNT = 6, X32_BIT = 0x40000000 };

// What the profile asks for one architecture: the highest syscall number it knows.
struct arch {
    uint32_t token;
    int highest;
};

struct build {
    struct parse *parse;
    scmp_filter_ctx context;
    uint32_t default_action;
    bool notifies;
    struct arch arches[MAX_ARCHES + 1];
    size_t arch_count;
};

static inline void cleanup_context(scmp_filter_ctx *context) {
    if (*context != NULL) seccomp_release(*context);
}

static uint32_t parse_action(struct parse *parse, const struct node *of, const char *key, const char *errno_key) {
    struct node node = node_member(parse, of, key), number = node_member(parse, of, errno_key);
    const char *name = "";
    int64_t value = EPERM;
    node_string(parse, &node, &name);
    node_int(parse, &number, 0, 4095, &value);
    if (strcmp(name, "SCMP_ACT_ALLOW") == 0) return SCMP_ACT_ALLOW;
    if (strcmp(name, "SCMP_ACT_ERRNO") == 0) return SCMP_ACT_ERRNO((uint32_t)value);
    if (strcmp(name, "SCMP_ACT_KILL") == 0 || strcmp(name, "SCMP_ACT_KILL_THREAD") == 0) return SCMP_ACT_KILL_THREAD;
    if (strcmp(name, "SCMP_ACT_KILL_PROCESS") == 0) return SCMP_ACT_KILL_PROCESS;
    if (strcmp(name, "SCMP_ACT_TRAP") == 0) return SCMP_ACT_TRAP;
    if (strcmp(name, "SCMP_ACT_TRACE") == 0) return SCMP_ACT_TRACE((uint32_t)value);
    if (strcmp(name, "SCMP_ACT_LOG") == 0) return SCMP_ACT_LOG;
    if (strcmp(name, "SCMP_ACT_NOTIFY") == 0) return SCMP_ACT_NOTIFY;
    node_wrong(parse, &node, "no such action: %.40s", name);
    return SCMP_ACT_KILL_PROCESS;
}

static uint32_t arch_token(const char *name) {
    char lower[32] = "";
    if (strncmp(name, "SCMP_ARCH_", 10) != 0) return 0;
    for (size_t i = 0; name[10 + i] != '\0' && i + 1 < sizeof lower; i++) {
        char letter = name[10 + i];
        lower[i] = letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;
    }
    return seccomp_arch_resolve_name(lower);
}

static void add_arches(struct build *build, const struct node *section) {
    struct node node = node_member(build->parse, section, "architectures");
    size_t count = node_count(build->parse, &node, MAX_ARCHES);
    build->arches[build->arch_count++] = (struct arch){.token = seccomp_arch_native(), .highest = -1};
    for (size_t i = 0; i < count && !build->parse->failed; i++) {
        struct node item = node_item(&node, i);
        const char *name = "";
        node_string(build->parse, &item, &name);
        uint32_t token = arch_token(name);
        if (token == 0) return node_wrong(build->parse, &item, "no such architecture: %.40s", name);
        if (seccomp_arch_exist(build->context, token) == 0) continue;
        int failed = seccomp_arch_add(build->context, token);
        if (failed != 0) return node_wrong(build->parse, &item, "can't be added: %s", strerrordesc_np(-failed));
        build->arches[build->arch_count++] = (struct arch){.token = token, .highest = -1};
    }
}

static enum scmp_compare parse_operator(struct parse *parse, const struct node *arg) {
    static const char *const names[] = {
        [SCMP_CMP_NE] = "SCMP_CMP_NE", [SCMP_CMP_LT] = "SCMP_CMP_LT", [SCMP_CMP_LE] = "SCMP_CMP_LE",
        [SCMP_CMP_EQ] = "SCMP_CMP_EQ", [SCMP_CMP_GE] = "SCMP_CMP_GE", [SCMP_CMP_GT] = "SCMP_CMP_GT",
        [SCMP_CMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
    };
    struct node node = node_member(parse, arg, "op");
    const char *name = "";
    node_string(parse, &node, &name);
    for (int i = SCMP_CMP_NE; i <= SCMP_CMP_MASKED_EQ; i++)
        if (strcmp(names[i], name) == 0) return (enum scmp_compare)i;
    node_wrong(parse, &node, "no such operator: %.40s", name);
    return SCMP_CMP_NE;
}

// Reads the conditions; `*repeated`: an argument occurs twice, which by convention means "any of", else "all of".
static size_t parse_args(struct parse *parse, const struct node *rule, struct scmp_arg_cmp *args, bool *repeated) {
    struct node node = node_member(parse, rule, "args");
    size_t count = node_count(parse, &node, MAX_ARGS);
    unsigned int seen = 0;
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(&node, i), index = node_member(parse, &item, "index");
        struct node value = node_member(parse, &item, "value"), second = node_member(parse, &item, "valueTwo");
        int64_t which = 0;
        uint64_t a = 0, b = 0;
        node_int(parse, &index, 0, ARG_COUNT - 1, &which);
        node_u64(parse, &value, &a);
        node_u64(parse, &second, &b);
        args[i] = (struct scmp_arg_cmp){.arg = (unsigned int)which, .op = parse_operator(parse, &item), .datum_a = a, .datum_b = b};
        *repeated |= (seen >> which & 1) != 0;
        seen |= 1u << which;
    }
    return parse->failed ? 0 : count;
}

static void note_highest(struct build *build, const char *name) {
    for (size_t i = 0; i < build->arch_count; i++) {
        int number = seccomp_syscall_resolve_name_arch(build->arches[i].token, name);
        if (number > build->arches[i].highest && number < X32_BIT) build->arches[i].highest = number;
    }
}

static void add_syscall(struct build *build, const struct node *item, const char *name, uint32_t action,
                        const struct scmp_arg_cmp *args, size_t count, bool repeated) {
    int number = seccomp_syscall_resolve_name(name), failed = 0;
    if (number == __NR_SCMP_ERROR) return; // a name newer than the library: answered like any unknown number
    note_highest(build, name);
    if (action == build->default_action) return;
    // With it the agent gets its descriptor: it can't be asked before.
    if (action == SCMP_ACT_NOTIFY && strcmp(name, "sendmsg") == 0) return node_wrong(build->parse, item, "SCMP_ACT_NOTIFY can't be for sendmsg");
    build->notifies |= action == SCMP_ACT_NOTIFY;
    if (repeated)
        for (size_t i = 0; i < count && failed == 0; i++)
            failed = seccomp_rule_add_array(build->context, action, number, 1, &args[i]);
    else failed = seccomp_rule_add_array(build->context, action, number, (unsigned int)count, args);
    if (failed != 0 && failed != -EEXIST) node_wrong(build->parse, item, "rule for %.40s: %s", name, strerrordesc_np(-failed));
}

static void add_rules(struct build *build, const struct node *section) {
    struct node rules = node_member(build->parse, section, "syscalls");
    size_t count = node_count(build->parse, &rules, MAX_RULES);
    for (size_t i = 0; i < count && !build->parse->failed; i++) {
        struct node rule = node_item(&rules, i), names = node_member(build->parse, &rule, "names");
        struct scmp_arg_cmp args[MAX_ARGS];
        bool repeated = false;
        char **list = NULL;
        size_t name_count = 0;
        uint32_t action = parse_action(build->parse, &rule, "action", "errnoRet");
        size_t arg_count = parse_args(build->parse, &rule, args, &repeated);
        node_strings(build->parse, &names, &list, &name_count);
        for (size_t n = 0; n < name_count && !build->parse->failed; n++)
            add_syscall(build, &rule, list[n], action, args, arg_count, repeated);
    }
}

static void parse_flags(struct parse *parse, const struct node *section, unsigned int *flags) {
    struct node node = node_member(parse, section, "flags");
    char **names = NULL;
    size_t count = 0;
    node_strings(parse, &node, &names, &count);
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(&node, i);
        if (strcmp(names[i], "SECCOMP_FILTER_FLAG_LOG") == 0) *flags |= SECCOMP_FILTER_FLAG_LOG;
        else if (strcmp(names[i], "SECCOMP_FILTER_FLAG_SPEC_ALLOW") == 0) *flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        else if (strcmp(names[i], "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") == 0) *flags |= WAIT_KILLABLE_RECV;
        else if (strcmp(names[i], "SECCOMP_FILTER_FLAG_TSYNC") != 0) // one thread: nothing to do
            node_wrong(parse, &item, "no such flag: %.40s", names[i]);
    }
}

// A syscall newer than the whole profile must fail with ENOSYS: then programs fall back to older ones, while EPERM
// would end them. Per architecture: number above the highest one known → ENOSYS, otherwise on to the filter.
static size_t write_prologue(const struct build *build, struct sock_filter *at) {
    enum { BLOCK = 6 };
    uint32_t action = build->default_action;
    if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO || (action & SECCOMP_RET_DATA) == ENOSYS) return 0;
    size_t used = 0, blocks = 0;
    for (size_t i = 0; i < build->arch_count; i++)
        blocks += build->arches[i].token != SCMP_ARCH_X32 && build->arches[i].highest >= 0;
    size_t end = 1 + blocks * BLOCK;
    at[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    for (size_t i = 0; i < build->arch_count; i++) {
        const struct arch *arch = &build->arches[i];
        if (arch->token == SCMP_ARCH_X32 || arch->highest < 0) continue;
        at[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch->token, 0, BLOCK - 1);
        at[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        at[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0);
        at[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)arch->highest, 0, 1);
        at[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
        at[used] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(end - used - 1));
        used++;
    }
    return used;
}

// The finished program, through a memfd since the library writes only to descriptors.
static int export_program(const struct build *build, struct plan_seccomp *out) {
    struct error *err = build->parse->err;
    CLEAN_FD int fd = memfd_create("seccomp", MFD_CLOEXEC);
    if (fd < 0) return error_errno(err, "compile seccomp filter", NULL);
    int failed = seccomp_export_bpf(build->context, fd);
    if (failed != 0) return error_set(err, -failed, "compile seccomp filter", NULL, "%s", strerrordesc_np(-failed));
    off_t size = lseek(fd, 0, SEEK_END);
    struct sock_filter prologue[1 + 6 * (MAX_ARCHES + 1)];
    size_t head = write_prologue(build, prologue), body = (size_t)size / sizeof *prologue;
    if (size <= 0 || head + body > BPF_MAXINSNS) return error_set(err, E2BIG, "compile seccomp filter", NULL, "too long");
    struct sock_filter *filter = arena_array(build->parse->arena, head + body, sizeof *filter);
    if (parse_memory(build->parse, filter) == NULL) return -1;
    memcpy(filter, prologue, head * sizeof *filter);
    if (lseek(fd, 0, SEEK_SET) < 0 || io_read_full(fd, filter + head, (size_t)size) != size)
        return error_errno(err, "compile seccomp filter", NULL);
    out->filter = filter;
    out->count = (unsigned short)(head + body);
    return 0;
}

int filter_compile(struct parse *parse, const struct node *node, struct plan_seccomp *out) {
    struct build build = {.parse = parse};
    build.default_action = parse_action(parse, node, "defaultAction", "defaultErrnoRet");
    parse_flags(parse, node, &out->flags);
    if (build.default_action == SCMP_ACT_NOTIFY) node_wrong(parse, node, "SCMP_ACT_NOTIFY can't be the default");
    if (parse->failed) return -1;
    __attribute__((cleanup(cleanup_context))) scmp_filter_ctx context = seccomp_init(build.default_action);
    if (parse_memory(parse, context) == NULL) return -1;
    build.context = context;
    (void)seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2); // binary tree; a plain list works as well
    add_arches(&build, node);
    add_rules(&build, node);
    if (build.notifies) out->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
    if (!build.notifies && (out->flags & WAIT_KILLABLE_RECV) != 0) node_wrong(parse, node, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs SCMP_ACT_NOTIFY");
    return parse->failed ? -1 : export_program(&build, out);
}
