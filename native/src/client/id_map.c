// Which ids an ordinary user may map into a namespace, and mapping them. Knows no holder.
#include "client/id_map.h"

#include "client/paths.h"
#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define ID_FILE_MAX (4u << 20)
#define ID_LAST 4294967294ul // (uid_t)-1 means "none"
#define ID_ARGUMENTS (2 + 3 * (ID_RANGES_MAX + 1) + 1)

static bool id_number(const char *text, unsigned long *value) {
    char *end;
    if (text == NULL || text[0] < '0' || text[0] > '9') return false;
    errno = 0;
    *value = strtoul(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool id_overlaps(const struct id_range *one, const struct id_range *other) {
    return one->start < other->start + other->count && other->start < one->start + one->count;
}

// Adds a range that the kernel would take beside the others and beside the user's own id.
static void id_ranges_add(struct id_ranges *ranges, struct id_range range, unsigned id) {
    struct id_range own = {id, 1};
    unsigned long total = range.count;
    if (range.count == 0 || range.count > ID_LAST || range.start > ID_LAST - range.count || id_overlaps(&range, &own)) return;
    for (size_t i = 0; i < ranges->size; i++) {
        if (id_overlaps(&range, &ranges->list[i])) return;
        total += ranges->list[i].count;
    }
    if (ranges->size < ID_RANGES_MAX && total < ID_LAST) ranges->list[ranges->size++] = range;
}

void id_ranges_parse(struct id_ranges *ranges, char *text, const char *name, unsigned id) {
    char *line, number[16];
    snprintf(number, sizeof number, "%u", id);
    while (text != NULL && (line = strsep(&text, "\n")) != NULL) {
        struct id_range range;
        const char *owner = strsep(&line, ":");
        if ((name == NULL || strcmp(owner, name) != 0) && strcmp(owner, number) != 0) continue;
        if (!id_number(strsep(&line, ":"), &range.start) || !id_number(line, &range.count)) continue;
        id_ranges_add(ranges, range, id);
    }
}

static void id_ranges_read(struct id_ranges *ranges, const char *path, unsigned id) {
    size_t size;
    CLEAN_FREE char *name = paths_passwd(geteuid(), 0);
    CLEAN_FREE char *text = io_read_file(AT_FDCWD, path, ID_FILE_MAX, &size);
    const char *called = name != NULL ? name : getenv("USER");
    if (text != NULL) id_ranges_parse(ranges, text, called, id);
}

// The helper on a fixed path: PATH is the person's to change, but a helper that maps ids is the system's.
static const char *id_helper(const char *const paths[2]) {
    return access(paths[0], X_OK) == 0 ? paths[0] : access(paths[1], X_OK) == 0 ? paths[1] : NULL;
}

static const char *const newuidmap[2] = {"/usr/bin/newuidmap", "/bin/newuidmap"};
static const char *const newgidmap[2] = {"/usr/bin/newgidmap", "/bin/newgidmap"};

void id_plan_make(struct id_plan *plan) {
    *plan = (struct id_plan){0};
    id_ranges_read(&plan->users, "/etc/subuid", geteuid());
    id_ranges_read(&plan->groups, "/etc/subgid", getegid());
    if (id_helper(newuidmap) == NULL || id_helper(newgidmap) == NULL) {
        snprintf(plan->reason, sizeof plan->reason, "newuidmap and newgidmap are not installed (package uidmap)");
    } else if (plan->users.size == 0 || plan->groups.size == 0) {
        snprintf(plan->reason, sizeof plan->reason, "%s has no range for this user",
                 plan->users.size == 0 ? "/etc/subuid" : "/etc/subgid");
    } else {
        plan->full = true;
    }
}

// Runs `helper PID 0 ID 1 1 START COUNT …` and waits for it.
static int id_helper_run(const char *helper, pid_t pid, unsigned id, const struct id_ranges *ranges) {
    char numbers[ID_ARGUMENTS][24], *argv[ID_ARGUMENTS + 1];
    unsigned long values[ID_ARGUMENTS] = {(unsigned long)pid, 0, id, 1}, inside = 1;
    size_t count = 4;
    for (size_t i = 0; i < ranges->size; i++) {
        values[count++] = inside;
        values[count++] = ranges->list[i].start;
        values[count++] = ranges->list[i].count;
        inside += ranges->list[i].count;
    }
    argv[0] = (char *)(uintptr_t)helper;
    for (size_t i = 0; i < count; i++) {
        snprintf(numbers[i], sizeof numbers[i], "%lu", values[i]);
        argv[i + 1] = numbers[i];
    }
    argv[count + 1] = NULL;
    char *no_environment[] = {NULL};
    pid_t child;
    int status;
    if (posix_spawn(&child, helper, NULL, NULL, argv, no_environment) != 0) return -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int id_map_full(const struct id_plan *plan, pid_t pid) {
    const char *users = id_helper(newuidmap), *groups = id_helper(newgidmap);
    if (users == NULL || groups == NULL) return errno = ENOENT, -1;
    if (id_helper_run(users, pid, geteuid(), &plan->users) < 0) return -1;
    return id_helper_run(groups, pid, getegid(), &plan->groups);
}

static int id_write(pid_t pid, const char *file, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    CLEAN_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -1 : io_write_full(fd, text, strlen(text));
}

int id_map_single(pid_t pid) {
    char users[32], groups[32];
    snprintf(users, sizeof users, "0 %u 1\n", geteuid());
    snprintf(groups, sizeof groups, "0 %u 1\n", getegid());
    if (id_write(pid, "setgroups", "deny") < 0 || id_write(pid, "uid_map", users) < 0) return -1;
    return id_write(pid, "gid_map", groups);
}

// All of a process's uid map; false when it can't be read.
static bool id_map_read(pid_t pid, char *text, size_t room) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/uid_map", (int)(pid == 0 ? getpid() : pid));
    CLEAN_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : io_read_full(fd, text, room - 1);
    text[got < 0 ? 0 : got] = '\0';
    return got > 0;
}

bool id_map_is_single(pid_t pid) {
    char text[4096];
    unsigned long inside, outside, count;
    if (!id_map_read(pid, text, sizeof text) || strchr(text, '\n') != strrchr(text, '\n')) return false;
    return sscanf(text, "%lu %lu %lu", &inside, &outside, &count) == 3 && count == 1;
}

bool id_map_is_initial(void) {
    char text[4096];
    unsigned long inside, outside, count;
    if (!id_map_read(0, text, sizeof text)) return true; // a kernel without user namespaces
    return sscanf(text, "%lu %lu %lu", &inside, &outside, &count) == 3 && inside == 0 && outside == 0 && count == UINT_MAX;
}
