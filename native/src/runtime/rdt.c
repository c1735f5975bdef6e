// Intel RDT by the files of resctrl (kernel, Documentation/arch/x86/resctrl.rst): a directory is a class, written text its schemata.
#include "rdt.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#ifndef RDTGROUP_SUPER_MAGIC
#define RDTGROUP_SUPER_MAGIC 0x7655821
#endif

enum { TEXT_MAX = 1 << 16, PATH_ROOM = 3 * NAME_MAX };

static const char step[] = "Intel RDT";

// errno at PATH; the kernel tells more of what it did not like in a file of its own.
static int failed(int mount, const char *path, struct error *err) {
    char whole[PATH_ROOM];
    size_t size = 0;
    int saved = errno;
    snprintf(whole, sizeof whole, RDT_MOUNT "/%s", path);
    CLEAN_FREE char *status = mount < 0 || saved == ENOENT ? NULL : io_read_file(mount, "info/last_cmd_status", TEXT_MAX, &size);
    errno = saved;
    (void)error_errno(err, step, whole);
    if (status == NULL || size < 2 || strcmp(status, "ok\n") == 0) return -1;
    return error_set(err, saved, step, whole, "%s (%.100s)", strerrordesc_np(saved), strtok(status, "\n"));
}

static int open_mount(struct error *err) {
    struct statfs fs;
    CLEAN_FD int fd = open(RDT_MOUNT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstatfs(fd, &fs) < 0) return error_errno(err, step, RDT_MOUNT);
    if (fs.f_type != RDTGROUP_SUPER_MAGIC) return error_set(err, ENODEV, step, RDT_MOUNT, "resctrl is not mounted");
    return take_fd(&fd);
}

// One name, and none that the root of resctrl has for something else.
static int check_name(const char *name, struct error *err) {
    static const char *const taken[] = {".", "..", "info", "mon_groups", "mon_data"};
    bool bad = name[0] == '\0' || strlen(name) > NAME_MAX || strchr(name, '/') != NULL || strchr(name, '\n') != NULL;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) bad = bad || strcmp(name, taken[i]) == 0;
    return bad ? error_set(err, EINVAL, step, name, "not a name of a class of service") : 0;
}

static int write_text(int mount, const char *path, const char *text, struct error *err) {
    CLEAN_FD int fd = openat(mount, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t written = fd < 0 ? -1 : write(fd, text, strlen(text)); // the kernel takes a write as a whole
    return written == (ssize_t)strlen(text) ? 0 : failed(mount, path, err);
}

// Whether two numbers of a schema are the same: the kernel fills up with zeros or spaces, and ends with a separator.
static bool same_number(const char *a, const char *b) {
    a += strspn(a, "0 ");
    b += strspn(b, "0 ");
    size_t length = strcspn(a, ";\n");
    return length == strcspn(b, ";\n") && strncasecmp(a, b, length) == 0;
}

// Whether the kernel's text has `ID=VALUE` on its line about the resource, whose name ends with a colon.
static bool says(const char *text, const char *resource, size_t length, const char *pair) {
    size_t id = strcspn(pair, "=;\n");
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        line += strspn(line, " ");
        if (strncmp(line, resource, length) != 0) continue;
        for (const char *at = line + length; *at != '\0' && *at != '\n'; at += strcspn(at, ";\n"), at += *at == ';')
            if (strncmp(at, pair, id) == 0 && at[id] == '=' && pair[id] == '=' && same_number(at + id + 1, pair + id + 1)) return true;
    }
    return false;
}

// Each `RESOURCE:ID=VALUE;ID=VALUE` that is asked for must be so already: the class is also somebody else's.
static int compare(int mount, const char *path, const char *asked, struct error *err) {
    char whole[PATH_ROOM];
    size_t size = 0;
    CLEAN_FREE char *text = io_read_file(mount, path, TEXT_MAX, &size);
    if (text == NULL) return failed(mount, path, err);
    for (const char *line = asked; *line != '\0'; line += strcspn(line, "\n") + 1) {
        size_t end = strcspn(line, "\n"), resource = strcspn(line, ":\n");
        bool all = resource < end;
        resource++;
        for (size_t at = resource; all && at < end; at += strcspn(line + at, ";\n") + 1) all = says(text, line, resource, line + at);
        if (all) continue;
        snprintf(whole, sizeof whole, RDT_MOUNT "/%s", path);
        return error_set(err, EEXIST, step, whole, "the class is there with other schemata than %.*s", (int)end, line);
    }
    return 0;
}

static int make_class(int mount, const struct plan_rdt *rdt, struct rdt_place *out, struct error *err) {
    char path[PATH_ROOM];
    bool asks = rdt->schemata[0] != '\0' || rdt->last_schemata[0] != '\0';
    out->made = (rdt->clos == NULL || asks) && mkdirat(mount, out->group, 0755) == 0;
    if (!out->made && asks && errno != EEXIST) return failed(mount, out->group, err);
    if (!out->made && rdt->clos == NULL) return failed(mount, out->group, err); // nobody's but this container's
    if (!out->made && faccessat(mount, out->group, F_OK, AT_SYMLINK_NOFOLLOW) < 0) return failed(mount, out->group, err);
    snprintf(path, sizeof path, "%s/schemata", out->group);
    const char *const texts[] = {rdt->schemata, rdt->last_schemata};
    for (int i = 0; i < 2; i++) {
        if (texts[i][0] == '\0') continue;
        if ((out->made ? write_text : compare)(mount, path, texts[i], err) < 0) return -1;
    }
    return 0;
}

static int make_monitor(int mount, const char *id, struct rdt_place *out, struct error *err) {
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/mon_groups/%s", out->group, id);
    if (mkdirat(mount, path, 0755) < 0) return failed(mount, path, err);
    snprintf(out->monitor, sizeof out->monitor, "%s", id);
    return 0;
}

int rdt_make(const struct plan_rdt *rdt, const char *id, struct rdt_place *out, struct error *err) {
    struct error ignored;
    const char *name = rdt->clos == NULL ? id : rdt->clos;
    *out = (struct rdt_place){0};
    if (check_name(name, err) < 0) return -1;
    CLEAN_FD int mount = open_mount(err);
    if (mount < 0) return -1;
    snprintf(out->group, sizeof out->group, "%s", name);
    if (make_class(mount, rdt, out, err) == 0 && (!rdt->monitoring || make_monitor(mount, id, out, err) == 0)) return 0;
    (void)rdt_remove(out, &ignored);
    out->group[0] = '\0';
    return -1;
}

int rdt_open(const struct rdt_place *place, struct rdt_door *out, struct error *err) {
    char path[PATH_ROOM];
    *out = RDT_NO_DOOR;
    if (place == NULL || place->group[0] == '\0') return 0;
    CLEAN_FD int mount = open_mount(err);
    if (mount < 0) return -1;
    snprintf(path, sizeof path, "%s/tasks", place->group);
    if ((out->group = openat(mount, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)) < 0) return failed(mount, path, err);
    if (place->monitor[0] == '\0') return 0;
    snprintf(path, sizeof path, "%s/mon_groups/%s/tasks", place->group, place->monitor);
    if ((out->monitor = openat(mount, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)) >= 0) return 0;
    (void)failed(mount, path, err);
    rdt_close(out);
    return -1;
}

void rdt_close(struct rdt_door *door) {
    close_fd(&door->group);
    close_fd(&door->monitor);
}

int rdt_enter(const struct rdt_door *door, struct error *err) {
    // The class first: a monitoring group takes only tasks of its own class. 0 is whoever writes it.
    if (door->group >= 0 && write(door->group, "0", 1) != 1) return error_errno(err, step, "tasks");
    if (door->monitor >= 0 && write(door->monitor, "0", 1) != 1) return error_errno(err, step, "mon_groups tasks");
    return 0;
}

int rdt_remove(const struct rdt_place *place, struct error *err) {
    char path[PATH_ROOM];
    if (!place->made && place->monitor[0] == '\0') return 0;
    CLEAN_FD int mount = open_mount(err);
    if (mount < 0) return -1;
    // A class takes its monitoring groups with it; what is left in either falls back to the class above.
    if (place->made) snprintf(path, sizeof path, "%s", place->group);
    else snprintf(path, sizeof path, "%s/mon_groups/%s", place->group, place->monitor);
    return unlinkat(mount, path, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : failed(mount, path, err);
}
