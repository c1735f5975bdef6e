// Limits from a command line of `update`, in runc's words: a document of --resources, changed by the single options.
#include "oci_resources.h"

#include "command_line.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "config_resources.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { RESOURCES_MAX = 1 << 20 };

struct flag {
    const char *name, *section, *key;
    enum { BYTES, NUMBER, TEXT } kind;
    const char *value;
};

// `512m`, `1GiB`, `-1`: powers of 1024. 0 or -1.
static int parse_bytes(const char *text, int64_t *out) {
    static const char units[] = "bkmgtp";
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || errno != 0) return -1;
    const char *unit = *end == '\0' ? units : strchr(units, tolower((unsigned char)*end));
    int shift = unit == NULL ? -1 : 10 * (int)(unit - units);
    if (*end != '\0') end++;
    if (shift > 0 && tolower((unsigned char)*end) == 'i') end++;
    if (shift > 0 && tolower((unsigned char)*end) == 'b') end++;
    if (shift < 0 || *end != '\0' || number < -1 || number > INT64_MAX >> shift) return -1;
    *out = number < 0 ? -1 : (int64_t)((uint64_t)number << shift);
    return 0;
}

static struct json_object *value_of(const struct flag *flag) {
    char *end;
    int64_t number;
    if (flag->kind == TEXT) return json_object_new_string(flag->value);
    if (flag->kind == BYTES) return parse_bytes(flag->value, &number) < 0 ? NULL : json_object_new_int64(number);
    errno = 0;
    number = strtoll(flag->value, &end, 10);
    return end == flag->value || *end != '\0' || errno != 0 ? NULL : json_object_new_int64(number);
}

static int put(struct json_object *document, const struct flag *flag, struct error *err) {
    struct json_object *section = NULL, *value = value_of(flag);
    if (value == NULL) return error_set(err, EINVAL, "usage", flag->value, "is no value for --%s", flag->name);
    if (!json_object_object_get_ex(document, flag->section, &section) || !json_object_is_type(section, json_type_object)) {
        section = json_object_new_object();
        json_object_object_add(document, flag->section, section);
    }
    json_object_object_add(section, flag->key, value);
    return 0;
}

static int read_document(const char *file, struct json_object **document, struct error *err) {
    size_t size = 0;
    if (file == NULL) return *document = json_object_new_object(), 0;
    CLEAN_FREE char *text = strcmp(file, "-") == 0 ? io_read_all(STDIN_FILENO, RESOURCES_MAX, &size)
                                                   : io_read_file(AT_FDCWD, file, RESOURCES_MAX, &size);
    if (text == NULL) return error_errno(err, "read", file);
    if (json_document(text, size, "resources", document, err) < 0) return -1;
    return json_object_is_type(*document, json_type_object) ? 0 : error_set(err, EINVAL, "config", "resources", "must be an object");
}

static int read_all(const char *file, const struct flag *flags, size_t count, struct arena *arena, struct cgroup_resources *out, struct error *err) {
    struct json_object *document = NULL;
    struct parse parse = {.arena = arena, .err = err};
    int result = read_document(file, &document, err);
    for (size_t i = 0; result == 0 && i < count; i++)
        if (flags[i].value != NULL) result = put(document, &flags[i], err);
    if (result == 0) {
        struct node root = node_root(document);
        config_resources(&parse, &root, out);
        if (parse.failed) result = -1;
    }
    json_object_put(document);
    return result;
}

const char *oci_resources_parse(int argc, char **argv, struct arena *arena, struct cgroup_resources *out, struct error *err) {
    struct flag flags[] = {
        {"memory", "memory", "limit", BYTES, NULL},          {"memory-reservation", "memory", "reservation", BYTES, NULL},
        {"memory-swap", "memory", "swap", BYTES, NULL},      {"cpu-quota", "cpu", "quota", NUMBER, NULL},
        {"cpu-period", "cpu", "period", NUMBER, NULL},       {"cpu-share", "cpu", "shares", NUMBER, NULL},
        {"cpu-burst", "cpu", "burst", NUMBER, NULL},         {"cpu-idle", "cpu", "idle", NUMBER, NULL},
        {"cpuset-cpus", "cpu", "cpus", TEXT, NULL},          {"cpuset-mems", "cpu", "mems", TEXT, NULL},
        {"pids-limit", "pids", "limit", NUMBER, NULL},       {"blkio-weight", "blockIO", "weight", NUMBER, NULL},
        {"kernel-memory", "memory", "kernel", BYTES, NULL},  {"kernel-memory-tcp", "memory", "kernelTCP", BYTES, NULL},
        {"cpu-rt-period", "cpu", "realtimePeriod", NUMBER, NULL}, {"cpu-rt-runtime", "cpu", "realtimeRuntime", NUMBER, NULL},
    };
    enum { COUNT = sizeof flags / sizeof *flags };
    struct command_option options[COUNT + 1] = {{.name = "resources", .letter = 'r'}};
    const char *file = NULL;
    options[0].value = &file;
    for (size_t i = 0; i < COUNT; i++) options[i + 1] = (struct command_option){.name = flags[i].name, .value = &flags[i].value};
    int at = command_line_take(argc, argv, options, COUNT + 1, err);
    if (at < 0) return NULL;
    if (argc - at != 1) return error_set(err, EINVAL, "usage", NULL, "one container id is required"), NULL;
    return read_all(file, flags, COUNT, arena, out, err) < 0 ? NULL : argv[at];
}
