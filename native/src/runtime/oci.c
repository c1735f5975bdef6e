// The OCI runtime command line (opencontainers/runtime-tools' de facto interface, as runc and crun have it): global options
// and the table of commands.
#include "oci.h"

#include "client/version.h"
#include "command_line.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/json_text.h"
#include "sealed.h"
#include "shim/timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(const struct oci *oci, int argc, char **argv, struct error *err);
    const char *usage;
    bool enters; // its child becomes a process of the container
} commands[] = {
    {"create", oci_create, "[--bundle DIR] [--config FILE] [--pid-file FILE] [--console-socket PATH] [--preserve-fds N] [--no-pivot] [--no-new-keyring] ID", true},
    {"start", oci_start, "ID", false},
    {"run", oci_run, "[--bundle DIR] [--config FILE] [--pid-file FILE] [--console-socket PATH] [--preserve-fds N] [--no-pivot] [--no-new-keyring] [--detach] [--keep] ID", true},
    {"exec", oci_exec, "[--process FILE] [--tty] [--cwd DIR] [--env NAME=VALUE] [--user UID[:GID]] [--additional-gids GID] [--cap NAME] [--no-new-privs] [--apparmor PROFILE] [--process-label LABEL] [--pid-file FILE] [--console-socket PATH] [--preserve-fds N] [--ignore-paused] [--cgroup PATH] [--detach] ID COMMAND…", true},
    {"state", oci_show_state, "ID", false},
    {"kill", oci_kill, "[--all] ID [SIGNAL]", false},
    {"delete", oci_delete, "[--force] [--regex] ID", false},
    {"list", oci_list, "[--quiet] [--format table|json]", false},
    {"pause", oci_pause, "ID", false},
    {"resume", oci_resume, "ID", false},
    {"ps", oci_ps, "[--format table|json] ID [PS-OPTION…]", false},
    {"update", oci_update, "[--resources FILE|-] [--memory BYTES] [--memory-swap BYTES] [--cpu-quota N] [--pids-limit N] … ID", false},
    {"events", oci_events, "[--stats] [--interval TIME] ID", false},
    {"features", oci_features, "", false},
    {"spec", oci_spec, "[--bundle DIR] [--rootless]", false},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/** Exit code of whatever fails here, as crun's and runc's: others are the container's own. */
enum { FAILED = 1 };

static int usage(FILE *out, int code) {
    fprintf(out, "usage: slipway-runtime [--root DIR] [--systemd-cgroup] [--cgroup-manager cgroupfs|systemd|disabled] [--log FILE] [--log-format text|json] [--debug] COMMAND …\n");
    for (int i = 0; i < COMMAND_COUNT; i++) fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].usage);
    fprintf(out, "  %-9s (see native/README.md)\n", "shim");
    return code;
}

// Where the caller asked for it, besides standard error.
static void write_log(const struct oci *oci, const char *level, const char *text) {
    char quoted[1024 * JSON_TEXT_FACTOR], line[sizeof quoted + 128], time[TIMESTAMP_SIZE];
    struct timespec now;
    if (oci->log == NULL) return;
    CLEAN_FD int fd = open(oci->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return;
    clock_gettime(CLOCK_REALTIME, &now);
    timestamp_put(&now, time);
    json_quote(quoted, sizeof quoted, text);
    int length = oci->log_json ? snprintf(line, sizeof line, "{\"level\":\"%s\",\"msg\":%s,\"time\":\"%s\"}\n", level, quoted, time)
                               : snprintf(line, sizeof line, "time=\"%s\" level=%s msg=%s\n", time, level, quoted);
    (void)io_write_full(fd, line, (size_t)length);
}

static int fail(const struct oci *oci, const struct error *err) {
    char text[1024];
    error_text(err, text, sizeof text);
    fprintf(stderr, "slipway-runtime: %s\n", text);
    write_log(oci, "error", text);
    return FAILED;
}

void oci_warn(const struct oci *oci, const struct error *err) {
    char text[1024];
    error_text(err, text, sizeof text);
    fprintf(stderr, "slipway-runtime: warning: %s\n", text);
    write_log(oci, "warning", text);
}

static bool wants_help(int argc, char **argv) {
    return argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0);
}

static void debug(const struct oci *oci, const char *command, int code) {
    char text[64];
    snprintf(text, sizeof text, "%.32s: %s", command, code < 0 ? "failed" : "done");
    write_log(oci, "debug", text);
}

// crun's word for what runc has --systemd-cgroup for.
static int take_manager(struct oci *oci, const char *name, struct error *err) {
    oci->systemd_cgroup = strcmp(name, "systemd") == 0;
    oci->no_cgroup = strcmp(name, "disabled") == 0;
    if (oci->systemd_cgroup || oci->no_cgroup || strcmp(name, "cgroupfs") == 0) return 0;
    return error_set(err, EINVAL, "usage", "--cgroup-manager", "must be cgroupfs, systemd or disabled");
}

int oci_main(int argc, char **argv) {
    struct oci oci = {0};
    struct error err = {0};
    const char *format = "text";
    const char *manager = NULL;
    bool help = false, version = false;
    const struct command_option options[] = {
        {.name = "root", .value = &oci.root},          {.name = "log", .value = &oci.log},
        {.name = "log-format", .value = &format},      {.name = "debug", .flag = &oci.debug},
        {.name = "systemd-cgroup", .flag = &oci.systemd_cgroup},{.name = "help", .letter = 'h', .flag = &help},
        {.name = "version", .letter = 'v', .flag = &version},   {.name = "cgroup-manager", .value = &manager},
    };
    int at = command_line_take(argc, argv, options, sizeof options / sizeof *options, &err);
    oci.log_json = strcmp(format, "json") == 0;
    if (at < 0) return fail(&oci, &err);
    if (strcmp(format, "json") != 0 && strcmp(format, "text") != 0) {
        error_set(&err, EINVAL, "usage", "--log-format", "must be text or json");
        return fail(&oci, &err);
    }
    if (manager != NULL && take_manager(&oci, manager, &err) < 0) return fail(&oci, &err);
    if (version) return printf("slipway-runtime version %s\nspec: %s\n", PRODUCT_VERSION, OCI_VERSION), 0;
    if (help || at == argc) return usage(help ? stdout : stderr, help ? 0 : FAILED);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, argv[at]) != 0) continue;
        if (wants_help(argc - at - 1, argv + at + 1)) return printf("usage: slipway-runtime %s %s\n", commands[i].name, commands[i].usage), 0;
        if (commands[i].enters && sealed_run(argv - 1, &err) < 0) return fail(&oci, &err); // argv[-1]: the program's name
        int code = commands[i].run(&oci, argc - at - 1, argv + at + 1, &err);
        if (oci.debug) debug(&oci, argv[at], code);
        return code < 0 ? fail(&oci, &err) : code;
    }
    error_set(&err, EINVAL, "usage", argv[at], "no such command");
    return fail(&oci, &err);
}
