// `--systemd-cgroup`: the container's cgroup is a transient scope of the system's manager (root) or of the user's.
#include "oci_scope.h"

#include "cgroup/cgroup.h"
#include "cgroup/scope.h"
#include "common/cleanup.h"
#include "idmap.h"
#include "keeper.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { MILLISECONDS = 25000 }; // what a call has on a bus by default

static bool by_system(void) {
    return geteuid() == 0 && idmap_is_initial();
}

// `SLICE:PREFIX:NAME`; the slice may be empty. Writes `PREFIX-NAME.scope`.
static int parse_path(struct plan *plan, const char **slice, char name[256], struct error *err) {
    char *text = arena_string(&plan->arena, plan->cgroups_path), *prefix = text == NULL ? NULL : strchr(text, ':');
    char *last = prefix == NULL ? NULL : strchr(prefix + 1, ':');
    if (text == NULL) return error_errno(err, "cgroup", NULL);
    if (last == NULL || last[1] == '\0' || strchr(last + 1, ':') != NULL || strchr(text, '/') != NULL)
        return error_set(err, EINVAL, "config", "linux.cgroupsPath", "must be SLICE:PREFIX:NAME with --systemd-cgroup");
    *prefix++ = *last++ = '\0';
    *slice = text[0] != '\0' ? text : by_system() ? "system.slice" : "user.slice";
    int length = snprintf(name, 256, "%s%s%s.scope", prefix, prefix[0] == '\0' ? "" : "-", last);
    return length < 256 ? 0 : error_set(err, ENAMETOOLONG, "config", "linux.cgroupsPath", "is too long for a unit");
}

static void stop(const char *name) {
    const struct scope scope = {.name = name, .system = by_system(), .milliseconds = MILLISECONDS};
    struct error ignored;
    (void)scope_stop(&scope, &ignored); // systemd ends an empty scope by itself too
}

static int find_place(struct plan *plan, const struct oci_scope *scope, struct error *err) {
    char path[PATH_MAX];
    if (scope_of(scope->keeper, path, err) < 0) return -1;
    const char *name = strrchr(path, '/');
    if (name == NULL || strcmp(name + 1, scope->name) != 0) return error_set(err, 0, "cgroup", path, "systemd did not move the process into %s", scope->name);
    plan->cgroups_path = arena_string(&plan->arena, path);
    return plan->cgroups_path == NULL ? error_errno(err, "cgroup", NULL) : 0;
}

int oci_scope_make(const struct oci *oci, struct plan *plan, struct oci_scope *out, struct error *err) {
    const char *slice = NULL;
    *out = (struct oci_scope){.keeper = -1};
    if (!oci->systemd_cgroup || plan->cgroups_path == NULL) return 0;
    CLEAN_FD int mount = cgroup_mount(err);
    if (mount < 0 && err->errnum == EOPNOTSUPP && !cgroup_limited(&plan->resources)) return plan->cgroups_path = NULL, 0;
    if (mount < 0 || parse_path(plan, &slice, out->name, err) < 0 || (out->keeper = keeper_start(0, "cgroup", err)) < 0) return -1;
    const struct scope scope = {
        .name = out->name, .slice = slice, .description = "Slipway container", .system = by_system(), .milliseconds = MILLISECONDS};
    if (scope_start(&scope, out->keeper, err) < 0) return keeper_end(out->keeper), -1;
    if (find_place(plan, out, err) == 0) return 0;
    keeper_end(out->keeper);
    stop(out->name);
    return -1;
}

void oci_scope_settle(const struct oci_scope *scope, const char *cgroup, bool failed) {
    struct error ignored;
    if (scope->keeper <= 0) return;
    keeper_end(scope->keeper);
    if (!failed) return;
    (void)cgroup_remove(cgroup, &ignored);
    stop(scope->name);
}

int oci_scope_leave(const struct oci_state *state, struct error *err) {
    if (state->cgroup[0] != '\0' && cgroup_remove(state->cgroup, err) < 0) return -1;
    if (state->scope[0] != '\0') stop(state->scope);
    return 0;
}
