// Transient scopes of systemd. Knows of D-Bus only calls.
#include "scope.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "dbus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define MANAGER "org.freedesktop.systemd1.Manager"

static struct dbus_call manager_call(const char *member, const char *signature) {
    return (struct dbus_call){"org.freedesktop.systemd1", "/org/freedesktop/systemd1", MANAGER, member, signature};
}

static int open_bus(const struct scope *scope, struct dbus *bus, struct error *err) {
    char text[4096];
    const char *address = getenv(scope->system ? "DBUS_SYSTEM_BUS_ADDRESS" : "DBUS_SESSION_BUS_ADDRESS"), *run = getenv("XDG_RUNTIME_DIR");
    if (address != NULL && address[0] != '\0') return dbus_open(bus, address, scope->milliseconds, err);
    if (scope->system) return dbus_open(bus, "unix:path=/run/dbus/system_bus_socket;unix:path=/var/run/dbus/system_bus_socket", scope->milliseconds, err);
    if (run == NULL || run[0] != '/')
        return error_set(err, ENOENT, "dbus", NULL, "there is no bus of this user (DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR are not set)");
    snprintf(text, sizeof text, "unix:path=%.4000s/bus", run);
    return dbus_open(bus, text, scope->milliseconds, err);
}

static void put_property(struct dbus_writer *writer, const char *name, const char *type) {
    dbus_put_struct(writer);
    dbus_put_string(writer, name);
    dbus_put_signature(writer, type);
}

static void put_text(struct dbus_writer *writer, const char *name, const char *value) {
    put_property(writer, name, "s");
    dbus_put_string(writer, value);
}

static void put_true(struct dbus_writer *writer, const char *name) {
    put_property(writer, name, "b");
    dbus_put_u32(writer, 1);
}

static void put_pids(struct dbus_writer *writer, pid_t pid) {
    size_t array = dbus_array_begin(writer, 4);
    dbus_put_u32(writer, (uint32_t)pid);
    dbus_array_end(writer, array, 4);
}

// StartTransientUnit(name, mode, properties, auxiliary units).
static void put_start(struct dbus_writer *writer, const struct scope *scope, pid_t pid) {
    dbus_put_string(writer, scope->name);
    dbus_put_string(writer, "fail");
    size_t properties = dbus_array_begin(writer, 8);
    put_text(writer, "Description", scope->description);
    if (scope->slice != NULL) put_text(writer, "Slice", scope->slice);
    put_text(writer, "CollectMode", "inactive-or-failed");
    put_true(writer, "Delegate");
    put_true(writer, "MemoryAccounting");
    put_true(writer, "CPUAccounting");
    put_true(writer, "TasksAccounting");
    put_property(writer, "TasksMax", "t");
    dbus_put_u64(writer, UINT64_MAX);
    put_property(writer, "PIDs", "au");
    put_pids(writer, pid);
    dbus_array_end(writer, properties, 8);
    dbus_array_end(writer, dbus_array_begin(writer, 8), 8);
}

// What the signal JobRemoved says about the unit that is waited for.
struct job {
    const char *unit;
    char result[32]; // "": not yet
};

static void job_removed(const struct dbus_message *message, void *context) {
    struct job *job = context;
    struct dbus_reader body = message->body;
    if (strcmp(message->member, "JobRemoved") != 0 || strcmp(message->signature, "uoss") != 0) return;
    (void)dbus_get_u32(&body);
    (void)dbus_get_string(&body);
    const char *unit = dbus_get_string(&body), *result = dbus_get_string(&body);
    if (!body.failed && strcmp(unit, job->unit) == 0) snprintf(job->result, sizeof job->result, "%s", result[0] == '\0' ? "unknown" : result);
}

static int subscribe(struct dbus *bus, struct error *err) {
    static const struct dbus_call match = {"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s"};
    struct dbus_writer writer;
    struct dbus_message answer;
    dbus_new(bus, &writer, &match);
    dbus_put_string(&writer, "type='signal',sender='org.freedesktop.systemd1',interface='" MANAGER "',member='JobRemoved'");
    if (dbus_call(bus, &writer, NULL, NULL, &answer, err) < 0) return -1;
    struct dbus_call call = manager_call("Subscribe", "");
    dbus_new(bus, &writer, &call);
    return dbus_call(bus, &writer, NULL, NULL, &answer, err);
}

// Only the last word of the error's name says something.
static int with_short_name(struct error *err) {
    const char *dot = strrchr(err->path, '.');
    if (err->errnum == EREMOTEIO && dot != NULL) memmove(err->path, dot + 1, strlen(dot));
    return -1;
}

static int start_on(struct dbus *bus, const struct scope *scope, pid_t pid, struct error *err) {
    struct dbus_writer writer;
    struct dbus_message message;
    struct job job = {.unit = scope->name};
    struct dbus_call call = manager_call("StartTransientUnit", "ssa(sv)a(sa(sv))");
    if (subscribe(bus, err) < 0) return with_short_name(err);
    dbus_new(bus, &writer, &call);
    put_start(&writer, scope, pid);
    if (dbus_call(bus, &writer, job_removed, &job, &message, err) < 0) return with_short_name(err);
    while (job.result[0] == '\0') {
        if (dbus_next(bus, &message, err) < 0) return -1;
        if (message.type == DBUS_SIGNAL) job_removed(&message, &job);
    }
    if (strcmp(job.result, "done") == 0) return 0;
    return error_set(err, 0, "dbus", scope->name, "systemd did not make the scope: %s", job.result);
}

int scope_start(const struct scope *scope, pid_t pid, struct error *err) {
    struct dbus bus;
    if (open_bus(scope, &bus, err) < 0) return with_short_name(err);
    int result = start_on(&bus, scope, pid, err);
    dbus_close(&bus);
    return result;
}

int scope_attach(const struct scope *scope, const char *subgroup, pid_t pid, struct error *err) {
    struct dbus bus;
    struct dbus_writer writer;
    struct dbus_message answer;
    struct dbus_call call = manager_call("AttachProcessesToUnit", "ssau");
    if (open_bus(scope, &bus, err) < 0) return with_short_name(err);
    dbus_new(&bus, &writer, &call);
    dbus_put_string(&writer, scope->name);
    dbus_put_string(&writer, subgroup);
    put_pids(&writer, pid);
    int result = dbus_call(&bus, &writer, NULL, NULL, &answer, err);
    dbus_close(&bus);
    return result < 0 ? with_short_name(err) : 0;
}

int scope_stop(const struct scope *scope, struct error *err) {
    struct dbus bus;
    struct dbus_writer writer;
    struct dbus_message answer;
    struct dbus_call call = manager_call("StopUnit", "ss");
    if (open_bus(scope, &bus, err) < 0) return with_short_name(err);
    dbus_new(&bus, &writer, &call);
    dbus_put_string(&writer, scope->name);
    dbus_put_string(&writer, "replace");
    int result = dbus_call(&bus, &writer, NULL, NULL, &answer, err);
    dbus_close(&bus);
    if (result < 0 && with_short_name(err) < 0 && strcmp(err->path, "NoSuchUnit") == 0) return 0;
    return result;
}

int scope_of(pid_t pid, char path[PATH_MAX], struct error *err) {
    char file[64];
    size_t size;
    snprintf(file, sizeof file, "/proc/%d/cgroup", (int)pid);
    CLEAN_FREE char *text = io_read_file(AT_FDCWD, file, PATH_MAX, &size);
    const char *line = text == NULL ? NULL : strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
    if (line == NULL) return error_set(err, ENOENT, "cgroup", file, "no cgroup v2");
    line = strstr(line, "0::") + 3;
    snprintf(path, PATH_MAX, "%.*s", (int)strcspn(line, "\n"), line);
    return 0;
}
