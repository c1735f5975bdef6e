// Seccomp: cache of compiled filters and loading. A cache file holds the profile's text, so a hit is certain and not a
// matter of hashes. Knows no syscall names.
#include "filter.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "config_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FORMAT = 1, MAX_CACHED = 4 << 20 };

struct cache_head {
    char magic[8];
    uint32_t format, arch, library, flags, profile_size, count;
};

static uint64_t fnv1a(const char *text, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++) hash = (hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static struct cache_head head_for(size_t profile_size, const struct plan_seccomp *filter) {
    const struct scmp_version *version = seccomp_version();
    struct cache_head head = {
        .magic = "slipbpf",
        .format = FORMAT,
        .arch = seccomp_arch_native(),
        .library = version->major << 16 | version->minor << 8 | version->micro,
        .flags = filter->flags,
        .profile_size = (uint32_t)profile_size,
        .count = filter->count,
    };
    return head;
}

// Only a regular file that this user alone can have written is believed.
static bool trusted(int fd, size_t *size) {
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022) != 0) return false;
    *size = (size_t)st.st_size;
    return st.st_size >= (off_t)sizeof(struct cache_head) && st.st_size <= MAX_CACHED;
}

static bool cache_read(int dir, const char *name, const char *profile, size_t profile_size, struct arena *arena,
                       struct plan_seccomp *out) {
    CLEAN_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    size_t size = 0;
    if (fd < 0 || !trusted(fd, &size)) return false;
    CLEAN_FREE char *data = malloc(size);
    if (data == NULL || io_read_full(fd, data, size) != (ssize_t)size) return false;
    struct cache_head found;
    memcpy(&found, data, sizeof found);
    if (found.count == 0 || found.count > BPF_MAXINSNS) return false;
    struct plan_seccomp filter = {.count = (unsigned short)found.count, .flags = found.flags};
    struct cache_head wanted = head_for(profile_size, &filter);
    size_t code = filter.count * sizeof *filter.filter;
    if (memcmp(&found, &wanted, sizeof found) != 0 || size != sizeof found + profile_size + code) return false;
    if (memcmp(data + sizeof found, profile, profile_size) != 0) return false;
    filter.filter = arena_copy(arena, data + sizeof found + profile_size, code);
    if (filter.filter == NULL) return false;
    *out = filter;
    return true;
}

static void cache_write(int dir, const char *name, const char *profile, size_t profile_size,
                        const struct plan_seccomp *filter) {
    struct cache_head head = head_for(profile_size, filter);
    size_t code = filter->count * sizeof *filter->filter, size = sizeof head + profile_size + code;
    CLEAN_FREE char *data = size > MAX_CACHED ? NULL : malloc(size);
    if (data == NULL) return;
    memcpy(data, &head, sizeof head);
    memcpy(data + sizeof head, profile, profile_size);
    memcpy(data + sizeof head + profile_size, filter->filter, code);
    (void)io_write_atomic(dir, name, data, size, 0600); // without it the next start compiles again
}

static int prepare(struct parse *parse, const struct node *node, const char *cache, struct plan_seccomp *out) {
    if (cache != NULL && mkdir(cache, 0700) < 0 && errno != EEXIST) cache = NULL;
    CLEAN_FD int dir = cache == NULL ? -1 : open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) return filter_compile(parse, node, out);
    size_t size = 0;
    const char *profile = json_object_to_json_string_length(node->value, JSON_C_TO_STRING_PLAIN, &size);
    if (parse_memory(parse, (void *)(uintptr_t)profile) == NULL) return -1;
    char name[64];
    snprintf(name, sizeof name, "%016llx.bpf", (unsigned long long)fnv1a(profile, size));
    if (cache_read(dir, name, profile, size, parse->arena, out)) return 0;
    if (filter_compile(parse, node, out) < 0) return -1;
    cache_write(dir, name, profile, size, out);
    return 0;
}

// The agent counts only when a rule asks it.
static int parse_listener(struct parse *parse, const struct node *section, struct plan_seccomp *out) {
    struct node path = node_member(parse, section, "listenerPath"), metadata = node_member(parse, section, "listenerMetadata");
    const char *to = NULL, *told = NULL;
    config_absolute(parse, &path, &to);
    node_string(parse, &metadata, &told);
    if (parse->failed) return -1;
    if (told != NULL && told[0] != '\0' && to == NULL) return node_wrong(parse, &metadata, "needs listenerPath"), -1;
    if ((out->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0) return 0;
    if (to == NULL) return node_wrong(parse, &path, "SCMP_ACT_NOTIFY needs it"), -1;
    out->listener_path = to;
    out->listener_metadata = told;
    return 0;
}

int filter_prepare(struct parse *parse, const struct node *node, const char *cache, struct plan_seccomp *out) {
    if (parse->failed) return -1;
    if (node->value == NULL) return 0;
    return prepare(parse, node, cache, out) < 0 ? -1 : parse_listener(parse, node, out);
}

int filter_load(const struct plan_seccomp *seccomp, int *listener, struct error *err) {
    *listener = -1;
    if (seccomp->filter == NULL) return 0;
    struct sock_fprog program = {.len = seccomp->count, .filter = seccomp->filter};
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, seccomp->flags, &program);
    if (result < 0) return error_errno(err, "load seccomp filter", NULL);
    if ((seccomp->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0) *listener = (int)result;
    return 0;
}
