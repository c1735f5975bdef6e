// The engine's own place among the control groups. Knows no server.
#include "client/delegation.h"

#include "cgroup/cgroup.h"
#include "cgroup/file.h"
#include "cgroup/scope.h"
#include "common/cleanup.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

enum { START_MILLISECONDS = 1500, ATTACH_MILLISECONDS = 500 };

#define LEAF "/server"

// FNV-1a: one name for each runtime directory.
static uint32_t hash(const char *text) {
    uint32_t value = 2166136261u;
    for (; *text != '\0'; text++) value = (value ^ (uint8_t)*text) * 16777619u;
    return value;
}

static int as_root(uint32_t digits, struct delegation *out, struct error *err) {
    CLEAN_FD int mount = cgroup_mount(err);
    if (mount < 0) return -1;
    char name[32];
    snprintf(name, sizeof name, "slipway-%08x", digits);
    snprintf(out->path, sizeof out->path, "/%s", name);
    return mkdirat(mount, name, 0755) < 0 && errno != EEXIST ? cgroup_failed(err, out->path, NULL) : 0;
}

// Leaves the scope itself to its children: a cgroup that hands controllers down holds no processes.
static int enter_leaf(const char *scope, struct error *err) {
    CLEAN_FD int dir = cgroup_open(scope, err);
    if (dir < 0) return -1;
    if (mkdirat(dir, LEAF + 1, 0755) < 0 && errno != EEXIST) return cgroup_failed(err, scope, LEAF + 1);
    if (cgroup_file_write(dir, "server/cgroup.procs", "0") < 0) return cgroup_failed(err, scope, "server/cgroup.procs");
    return 0;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && text[length - tail - 1] == '/' && strcmp(text + length - tail, end) == 0;
}

// A scope that is there holds what outlived the last server: this process joins it.
static int join(const struct scope *scope, struct delegation *out, struct error *err) {
    struct scope patient = *scope;
    patient.milliseconds = ATTACH_MILLISECONDS;
    if (scope_attach(&patient, LEAF, getpid(), err) < 0 || scope_of(getpid(), out->path, err) < 0) return -1;
    size_t length = strlen(out->path), leaf = strlen(LEAF);
    if (length > leaf && strcmp(out->path + length - leaf, LEAF) == 0) out->path[length - leaf] = '\0';
    return 0;
}

static int as_user(uint32_t digits, struct delegation *out, struct error *err) {
    char name[64];
    snprintf(name, sizeof name, "slipway-%08x.scope", digits);
    const struct scope scope = {.name = name, .description = "Slipway containers", .milliseconds = START_MILLISECONDS};
    CLEAN_FD int mount = cgroup_mount(err);
    if (mount < 0) return -1;
    if (scope_start(&scope, getpid(), err) < 0) {
        if (strcmp(err->path, "UnitExists") != 0 || join(&scope, out, err) < 0) return -1;
    } else if (scope_of(getpid(), out->path, err) < 0) {
        return -1;
    }
    if (!ends_with(out->path, name)) return error_set(err, 0, "cgroup", out->path, "systemd did not move this process into %s", name);
    return enter_leaf(out->path, err);
}

void delegation_ask(const char *run, struct delegation *out) {
    struct error err = {0};
    *out = (struct delegation){{0}, {0}};
    if ((geteuid() == 0 ? as_root(hash(run), out, &err) : as_user(hash(run), out, &err)) == 0) return;
    out->path[0] = '\0';
    char text[1024];
    error_text(&err, text, sizeof text);
    snprintf(out->reason, sizeof out->reason, "%.500s", text);
}
