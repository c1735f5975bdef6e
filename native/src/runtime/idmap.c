// Ids of user namespaces: what is mapped here, and writing the maps of a new one.
#include "idmap.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAP_MAX = 64 * 1024 };

// Whether a line of `map` (the text of /proc/self/gid_map) covers `id`.
static bool covers(const char *map, unsigned long id) {
    while (*map != '\0') {
        char *at;
        unsigned long inside = strtoul(map, &at, 10);
        (void)strtoul(at, &at, 10);
        unsigned long count = strtoul(at, &at, 10);
        if (id >= inside && id - inside < count) return true;
        map = at + strcspn(at, "\n");
        map += *map == '\n';
    }
    return false;
}

static char *read_gid_map(void) {
    size_t size = 0;
    return io_read_file(AT_FDCWD, "/proc/self/gid_map", MAP_MAX, &size);
}

bool idmap_is_initial(void) {
    size_t size = 0;
    CLEAN_FREE char *map = io_read_file(AT_FDCWD, "/proc/self/uid_map", MAP_MAX, &size);
    unsigned long inside, outside, count;
    if (map == NULL) return true; // a kernel without user namespaces
    return sscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 && inside == 0 && outside == 0 && count == UINT32_MAX;
}

bool idmap_has_gid(const char *text) {
    CLEAN_FREE char *map = read_gid_map();
    char *end = NULL;
    unsigned long id = text == NULL ? 0 : strtoul(text, &end, 10);
    if (map == NULL || end == NULL || end == text || *end != '\0') return false;
    return covers(map, id);
}

size_t idmap_keep_gids(gid_t *gids, size_t count) {
    CLEAN_FREE char *map = read_gid_map();
    size_t kept = 0;
    if (map == NULL) return count; // setgroups has the last word
    for (size_t i = 0; i < count; i++)
        if (covers(map, gids[i])) gids[kept++] = gids[i];
    return kept;
}

static char *map_text(const struct plan_id_map *maps, size_t count, size_t *size) {
    FILE *out = NULL;
    char *text = NULL;
    if ((out = open_memstream(&text, size)) == NULL) return NULL;
    for (size_t i = 0; i < count; i++) fprintf(out, "%u %u %u\n", maps[i].inside, maps[i].outside, maps[i].count);
    fclose(out);
    return text;
}

static int write_proc(pid_t pid, const char *file, const char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    CLEAN_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t put = write(fd, text, size); // one write, or the kernel refuses it
    return put == (ssize_t)size ? 0 : -1;
}

// newuidmap PID INSIDE OUTSIDE COUNT …: set-uid, allows what /etc/subuid gives.
static int run_helper(const char *helper, pid_t pid, const struct plan_id_map *maps, size_t count, struct error *err) {
    char *arguments[3 + 3 * 340];
    char numbers[1 + 3 * 340][12];
    size_t used = 0, number = 0;
    arguments[used++] = (char *)(uintptr_t)helper;
    snprintf(numbers[number], sizeof *numbers, "%d", (int)pid);
    arguments[used++] = numbers[number++];
    for (size_t i = 0; i < count && i < 340; i++) {
        const uint32_t fields[] = {maps[i].inside, maps[i].outside, maps[i].count};
        for (int f = 0; f < 3; f++) {
            snprintf(numbers[number], sizeof *numbers, "%u", fields[f]);
            arguments[used++] = numbers[number++];
        }
    }
    arguments[used] = NULL;
    pid_t child;
    int status, failed = posix_spawnp(&child, helper, NULL, NULL, arguments, environ);
    if (failed != 0) return error_set(err, failed, "map ids", helper, "%s", strerrordesc_np(failed));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return error_errno(err, "map ids", helper);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
    return error_set(err, EPERM, "map ids", helper, "refused the map (see /etc/subuid and /etc/subgid)");
}

static int write_one(pid_t pid, const char *file, const char *helper, const struct plan_id_map *maps, size_t count,
                     struct error *err) {
    size_t size = 0;
    CLEAN_FREE char *text = map_text(maps, count, &size);
    if (text == NULL) return error_set(err, ENOMEM, "map ids", file, "out of memory");
    if (write_proc(pid, file, text, size) == 0) return 0;
    if (errno != EPERM) return error_errno(err, "map ids", file);
    return run_helper(helper, pid, maps, count, err);
}

int idmap_write(const struct plan_id_maps *maps, pid_t pid, struct error *err) {
    // Without CAP_SETGID a group map is taken only after setgroups is given up; with newgidmap it need not be.
    bool single = maps->gid_count == 1 && maps->gids[0].count == 1 && geteuid() != 0;
    if (single) (void)write_proc(pid, "setgroups", "deny", 4);
    if (write_one(pid, "gid_map", "newgidmap", maps->gids, maps->gid_count, err) < 0) return -1;
    return write_one(pid, "uid_map", "newuidmap", maps->uids, maps->uid_count, err);
}
