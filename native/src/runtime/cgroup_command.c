// `slipway-runtime cgroup …`: one line of JSON on standard output. Knows no OCI state.
#include "cgroup_command.h"

#include "cgroup/cgroup.h"
#include "cgroup/stats.h"
#include "command_line.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "config.h"
#include "config_resources.h"
#include "program.h"
#include "shim/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { RESOURCES_MAX = 1 << 20, PATH_ROOM = 4096 };

// linux.cgroupsPath of the bundle.
static int find_path(const char *bundle, char path[PATH_ROOM], struct error *err) {
    struct json_object *document = NULL;
    struct arena arena = {0};
    struct parse parse = {.arena = &arena, .err = err};
    size_t size = 0;
    const char *text = NULL;
    CLEAN_FD int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEAN_FREE char *config = dir < 0 ? NULL : io_read_file(dir, "config.json", CONFIG_MAX, &size);
    if (config == NULL) return error_errno(err, "bundle config.json", bundle);
    if (json_document(config, size, "config.json", &document, err) < 0) return -1;
    struct node root = node_root(document), section = node_member(&parse, &root, "linux");
    struct node node = node_member(&parse, &section, "cgroupsPath");
    node_string(&parse, &node, &text);
    int length = snprintf(path, PATH_ROOM, "%s", text == NULL ? "" : text);
    arena_free(&arena);
    json_object_put(document);
    if (parse.failed) return -1;
    return length == 0 || length >= PATH_ROOM ? error_set(err, ENOENT, "cgroup", bundle, "the container has no cgroup") : 0;
}

typedef int use_resources(const char *path, int dir, const struct cgroup_resources *resources, struct error *err);

static int check(const char *path, int dir, const struct cgroup_resources *resources, struct error *err) {
    (void)dir; // it may not be there yet
    return cgroup_check(path, resources, err);
}

static int with_resources(use_resources *use, const char *path, int dir, const char *file, struct error *err) {
    struct json_object *document = NULL;
    struct arena arena = {0};
    struct parse parse = {.arena = &arena, .err = err};
    struct cgroup_resources resources = {0};
    size_t size = 0;
    if (file == NULL) return error_set(err, EINVAL, "usage", "--resources", "is required");
    CLEAN_FREE char *text = strcmp(file, "-") == 0 ? io_read_all(STDIN_FILENO, RESOURCES_MAX, &size)
                                                   : io_read_file(AT_FDCWD, file, RESOURCES_MAX, &size);
    if (text == NULL) return error_errno(err, "read", file);
    if (json_document(text, size, "resources", &document, err) < 0) return -1;
    struct node root = node_root(document);
    config_resources(&parse, &root, &resources);
    int result = parse.failed ? -1 : use(path, dir, &resources, err);
    arena_free(&arena);
    json_object_put(document);
    return result;
}

static const char *or_null(struct cgroup_maybe number, char text[32]) {
    snprintf(text, 32, "%llu", (unsigned long long)number.value);
    return number.there ? text : "null";
}

#define N(value) ((unsigned long long)(value))

static void print_stats(int dir) {
    struct cgroup_stats s;
    char limit[32], peak[32];
    cgroup_stats_read(dir, &s);
    printf("{\"status\":\"ok\",\"stats\":{\"cpu\":{\"usageUsec\":%llu,\"userUsec\":%llu,\"systemUsec\":%llu,\"throttledUsec\":%llu}",
           N(s.usage_usec), N(s.user_usec), N(s.system_usec), N(s.throttled_usec));
    if (s.has_memory)
        printf(",\"memory\":{\"current\":%llu,\"limit\":%s,\"peak\":%s,\"inactiveFile\":%llu,\"oomKill\":%llu}", N(s.memory),
               or_null(s.memory_limit, limit), or_null(s.memory_peak, peak), N(s.inactive_file), N(s.oom_kill));
    if (s.has_pids) printf(",\"pids\":{\"current\":%llu,\"limit\":%s}", N(s.pids), or_null(s.pids_limit, limit));
    if (s.has_io) printf(",\"io\":{\"readBytes\":%llu,\"writeBytes\":%llu}", N(s.read_bytes), N(s.write_bytes));
    printf("}}\n");
}

static int act(const char *verb, const char *path, const char *resources, struct error *err) {
    if (strcmp(verb, "remove") == 0) return cgroup_remove(path, err);
    if (strcmp(verb, "check") == 0) return with_resources(check, path, -1, resources, err);
    CLEAN_FD int dir = cgroup_open(path, err);
    if (dir < 0) return -1;
    if (strcmp(verb, "freeze") == 0) return cgroup_freeze(path, dir, true, err);
    if (strcmp(verb, "thaw") == 0) return cgroup_freeze(path, dir, false, err);
    if (strcmp(verb, "kill") == 0) return cgroup_kill(path, dir, err);
    if (strcmp(verb, "update") == 0) return with_resources(cgroup_apply, path, dir, resources, err);
    if (strcmp(verb, "stats") != 0) return error_set(err, EINVAL, "usage", verb, "no such command");
    print_stats(dir);
    return 0;
}

int cgroup_command_main(int argc, char **argv) {
    struct error err = {.code = CODE_ENGINE};
    const char *bundle = NULL, *resources = NULL, *given = NULL;
    char path[PATH_ROOM];
    const struct command_option options[] = {
        {.name = "bundle", .value = &bundle}, {.name = "path", .value = &given}, {.name = "resources", .value = &resources}};
    int at = argc < 1 ? -1 : command_line_take(argc - 1, argv + 1, options, 3, &err);
    if (at < argc - 1 || (bundle == NULL) == (given == NULL)) {
        if (at >= 0 || argc < 1)
            error_set(&err, EINVAL, "usage", NULL, "cgroup check|freeze|thaw|kill|update|stats|remove --bundle DIR|--path PATH [--resources FILE]");
        return report_error(STDOUT_FILENO, &err), 1;
    }
    if (bundle != NULL && find_path(bundle, path, &err) < 0) return report_error(STDOUT_FILENO, &err), 1;
    if (act(argv[0], bundle != NULL ? path : given, resources, &err) < 0) return report_error(STDOUT_FILENO, &err), 1;
    if (strcmp(argv[0], "stats") != 0) printf("{\"status\":\"ok\"}\n");
    return 0;
}
