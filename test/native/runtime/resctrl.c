// A resctrl that is a directory, for rdt.c compiled with these in place of the system's: a group is made with its files and
// goes with them, a refused write tells why in info/last_cmd_status.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static void make_file(int dir, const char *group, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", group, name);
    close(openat(dir, path, O_WRONLY | O_CREAT | O_EXCL, 0644));
}

int fake_fstatfs(int fd, struct statfs *out) {
    int result = fstatfs(fd, out);
    if (faccessat(fd, "schemata", F_OK, 0) == 0) out->f_type = 0x7655821;
    return result;
}

int fake_mkdirat(int dir, const char *path, mode_t mode) {
    char monitors[1024];
    // Hardware has few classes.
    if (strstr(path, "one-too-many") != NULL) return errno = ENOSPC, -1;
    if (mkdirat(dir, path, mode) < 0) return -1;
    make_file(dir, path, "tasks");
    if (strstr(path, "mon_groups") != NULL) return 0;
    make_file(dir, path, "schemata");
    snprintf(monitors, sizeof monitors, "%s/mon_groups", path);
    return mkdirat(dir, monitors, mode);
}

int fake_unlinkat(int dir, const char *path, int flags) {
    static const char *const files[] = {"tasks", "schemata"};
    char inner[1024];
    (void)flags;
    for (int i = 0; i < 2; i++) {
        snprintf(inner, sizeof inner, "%s/%s", path, files[i]);
        (void)unlinkat(dir, inner, 0);
    }
    snprintf(inner, sizeof inner, "%s/mon_groups", path);
    (void)unlinkat(dir, inner, AT_REMOVEDIR);
    return unlinkat(dir, path, AT_REMOVEDIR);
}

ssize_t fake_write(int fd, const void *data, size_t size) {
    if (size > 6 && memcmp(data, "refuse", 6) == 0) return errno = EINVAL, -1;
    return write(fd, data, size);
}
