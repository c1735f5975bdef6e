// Where the programs lie, and their read-only view at <run>/bin. Knows no server.
#include "client/programs.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OLD_MOUNTS_MAX 16

static bool programs_join(char out[PATH_MAX], const char *directory, const char *name) {
    int length = snprintf(out, PATH_MAX, "%s/%s", directory, name);
    return length > 0 && length < PATH_MAX;
}

static bool is_program(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

// The first `node` on PATH; relative entries mean nothing to a process whose directory is "/".
static bool node_on_path(char out[PATH_MAX]) {
    const char *path = getenv("PATH");
    CLEAN_FREE char *copy = path == NULL ? NULL : strdup(path);
    char *rest = copy, *entry;
    while (rest != NULL && (entry = strsep(&rest, ":")) != NULL)
        if (entry[0] == '/' && programs_join(out, entry, "node") && is_program(out)) return true;
    return false;
}

static int find_node(struct programs *programs, struct error *err) {
    const char *chosen = getenv("SLIPWAY_NODE");
    if (chosen != NULL && chosen[0] != '\0') {
        if (realpath(chosen, programs->node) == NULL) return error_errno(err, "find Node at", chosen);
        return is_program(programs->node) ? 0 : error_set(err, EACCES, "find Node at", chosen, "it is not a program");
    }
    if (programs_join(programs->node, programs->directory, "node") && is_program(programs->node)) return 0;
    if (node_on_path(programs->node)) return 0;
    return error_set(err, ENOENT, "find Node", NULL, "neither beside %s nor on PATH", programs->client);
}

static int find_server(struct programs *programs, struct error *err) {
    const char *chosen = getenv("SLIPWAY_SERVER");
    char beside[PATH_MAX];
    if (chosen == NULL || chosen[0] == '\0') {
        if (!programs_join(beside, programs->directory, "../server/main.mjs")) return errno = ENAMETOOLONG, error_errno(err, "find the server", NULL);
        chosen = beside;
    }
    return realpath(chosen, programs->server) == NULL ? error_errno(err, "find the server at", chosen) : 0;
}

int programs_find(struct programs *programs, struct error *err) {
    ssize_t length = readlink("/proc/self/exe", programs->client, PATH_MAX - 1);
    if (length <= 0) return error_errno(err, "find this program at", "/proc/self/exe");
    programs->client[length] = '\0';
    strcpy(programs->directory, programs->client);
    *strrchr(programs->directory, '/') = '\0';
    strcpy(programs->bin, programs->directory);
    return find_node(programs, err) < 0 || find_server(programs, err) < 0 ? -1 : 0;
}

// Kernels before 5.12: a bind mount, then its flags; those that a user namespace inherits can't be taken away.
static int bind_in_two_steps(const char *from, const char *to) {
    struct statvfs fs;
    if (mount(from, to, NULL, MS_BIND, NULL) < 0) return -1;
    unsigned long kept = statvfs(to, &fs) < 0 ? 0 : fs.f_flag & (MS_NOSUID | MS_NODEV | MS_NOATIME | MS_NODIRATIME | MS_RELATIME);
    if (mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | kept, NULL) == 0) return 0;
    umount2(to, MNT_DETACH);
    return -1;
}

static int bind_read_only(const char *from, const char *to) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
    CLEAN_FD int tree = (int)syscall(SYS_open_tree, AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    if (tree < 0 || syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) {
        return errno == ENOSYS ? bind_in_two_steps(from, to) : -1;
    }
    return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH);
}

// True when `to` shows `from`, read-only, already: the holder's mounts outlive a server.
static bool is_bound(const char *from, const char *to) {
    struct stat one, other;
    struct statvfs fs;
    return stat(from, &one) == 0 && stat(to, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino &&
           statvfs(to, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

void programs_bind(struct programs *programs, const char *run) {
    char bin[PATH_MAX];
    if (!programs_join(bin, run, "bin")) return;
    if (mkdir(bin, 0700) < 0 && errno != EEXIST) {
        fprintf(stderr, "create %s: %s\n", bin, strerrordesc_np(errno));
        return;
    }
    if (!is_bound(programs->directory, bin)) {
        for (int i = 0; i < OLD_MOUNTS_MAX && umount2(bin, MNT_DETACH | UMOUNT_NOFOLLOW) == 0; i++) continue;
        if (bind_read_only(programs->directory, bin) < 0) {
            fprintf(stderr, "mount %s read-only on %s: %s\n", programs->directory, bin, strerrordesc_np(errno));
            return;
        }
    }
    strcpy(programs->bin, bin);
}
