// Where the run and data directories are, and whether they can be trusted. Knows no server.
#include "client/paths.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWD_MAX (16u << 20)

static char *paths_join(const char *parent, const char *name) {
    char *joined;
    return asprintf(&joined, "%s/%s", parent, name) < 0 ? NULL : joined;
}

// The variable's value made absolute; NULL when unset or empty.
static char *paths_variable(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') return NULL;
    if (value[0] == '/') return strdup(value);
    CLEAN_FREE char *cwd = getcwd(NULL, 0);
    return cwd == NULL ? NULL : paths_join(cwd, value);
}

// The XDG specification: a relative value is as if unset.
static char *paths_xdg(const char *name) {
    const char *value = getenv(name);
    return value == NULL || value[0] != '/' ? NULL : paths_join(value, "slipway");
}

char *paths_run(void) {
    char *path = paths_variable("SLIPWAY_RUN");
    if (path == NULL && geteuid() == 0) return strdup("/run/slipway");
    if (path == NULL) path = paths_xdg("XDG_RUNTIME_DIR");
    if (path == NULL && asprintf(&path, "/tmp/slipway-%u", geteuid()) < 0) return NULL;
    return path;
}

char *paths_data(void) {
    char *path = paths_variable("SLIPWAY_DATA");
    if (path == NULL && geteuid() == 0) return strdup("/var/lib/slipway");
    if (path == NULL) path = paths_xdg("XDG_DATA_HOME");
    if (path != NULL) return path;
    const char *home = getenv("HOME");
    CLEAN_FREE char *listed = home == NULL || home[0] != '/' ? paths_passwd(geteuid(), 5) : NULL;
    if (listed != NULL) home = listed;
    return home == NULL || home[0] != '/' ? NULL : paths_join(home, ".local/share/slipway");
}

// Field `index` of a colon-separated line, in place; NULL when the line has fewer.
static char *paths_field(char *line, int index) {
    char *field = NULL;
    for (int i = 0; i <= index; i++) {
        field = strsep(&line, ":");
        if (field == NULL) return NULL;
    }
    return field;
}

// getpwuid would load NSS modules, which a static program can't.
char *paths_passwd(unsigned uid, int field) {
    size_t size;
    CLEAN_FREE char *file = io_read_file(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &size);
    char *rest = file, *line, wanted[16];
    snprintf(wanted, sizeof wanted, "%u", uid);
    while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
        CLEAN_FREE char *copy = strdup(line);
        const char *found = copy == NULL ? NULL : paths_field(copy, 2);
        if (found == NULL || strcmp(found, wanted) != 0) continue;
        const char *value = paths_field(line, field);
        return value == NULL ? NULL : strdup(value);
    }
    return NULL;
}

int paths_make(const char *path, struct error *err) {
    CLEAN_FREE char *part = strdup(path);
    if (part == NULL) return error_errno(err, "create", path);
    for (char *at = part + 1; *at != '\0'; at++) {
        if (*at != '/') continue;
        *at = '\0';
        if (mkdir(part, 0700) < 0 && errno != EEXIST) return error_errno(err, "create", part);
        *at = '/';
    }
    if (mkdir(path, 0700) < 0 && errno != EEXIST) return error_errno(err, "create", path);
    return 0;
}

static int paths_open(const char *path, int flags, mode_t forbidden, struct error *err) {
    struct stat st;
    CLEAN_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    if (fd < 0 && errno == ENOENT) return -1;
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR)) return error_set(err, errno, "use", path, "it is not a directory");
    if (fd < 0 || fstat(fd, &st) < 0) return error_errno(err, "use", path);
    if (st.st_uid != geteuid()) return error_set(err, EACCES, "use", path, "it belongs to another user");
    if ((st.st_mode & forbidden) != 0) {
        return error_set(err, EACCES, "use", path, "other users may enter it (mode %03o)", st.st_mode & 0777);
    }
    return take_fd(&fd);
}

int paths_open_run(const char *path, struct error *err) {
    return paths_open(path, O_NOFOLLOW, 0077, err);
}

int paths_open_data(const char *path, struct error *err) {
    int fd = paths_open(path, 0, 0022, err);
    if (fd < 0 && err->step[0] == '\0') error_errno(err, "use", path);
    return fd;
}
