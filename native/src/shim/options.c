// The shim's command line as data.
#include "options.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int usage(struct error *err, const char *argument, const char *reason) {
    return error_set(err, EINVAL, "usage", argument, "%s", reason);
}

// `PID:STARTTIME`
static int parse_target(const char *text, struct shim_options *out, struct error *err) {
    char *end;
    errno = 0;
    long pid = strtol(text, &end, 10);
    if (errno != 0 || *end != ':' || pid <= 0 || pid > INT32_MAX) return usage(err, text, "must be PID:STARTTIME");
    const char *start = end + 1;
    out->target_start = strtoull(start, &end, 10);
    if (errno != 0 || end == start || *end != '\0') return usage(err, text, "must be PID:STARTTIME");
    out->target = (pid_t)pid;
    return 0;
}

// A whole number from 1 to `most`.
static int parse_number(const char *text, unsigned long long most, unsigned long long *out, struct error *err) {
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || *out < 1 || *out > most)
        return usage(err, text, "must be a number that makes sense");
    return 0;
}

static int parse_rotation(const char *size, const char *files, struct shim_options *out, struct error *err) {
    unsigned long long number;
    out->log_files = 1;
    if (size != NULL && parse_number(size, INT64_MAX, &number, err) < 0) return -1;
    if (size != NULL) out->log_size = (off_t)number;
    if (files != NULL && parse_number(files, LOG_FILES_MAX, &number, err) < 0) return -1;
    if (files != NULL) out->log_files = (unsigned)number;
    return 0;
}

static int check(const struct shim_options *options, struct error *err) {
    if (options->bundle == NULL) return usage(err, "--bundle", "is required");
    if (options->socket == NULL) return usage(err, "--socket", "is required");
    if (options->exit_file == NULL) return usage(err, "--exit", "is required");
    if ((options->process_file == NULL) != (options->target == 0)) return usage(err, "--exec", "needs --target, and the other way");
    return 0;
}

int shim_options_parse(int argc, char **argv, struct shim_options *out, struct error *err) {
    *out = (struct shim_options){0};
    const char *target = NULL, *log_size = NULL, *log_files = NULL;
    const struct {
        const char *name;
        const char **value;
    } texts[] = {
        {"--bundle", &out->bundle},     {"--socket", &out->socket},     {"--exit", &out->exit_file},
        {"--log", &out->log},           {"--exec", &out->process_file}, {"--seccomp-cache", &out->seccomp_cache},
        {"--target", &target},          {"--log-size", &log_size},      {"--log-files", &log_files},
    };
    for (int i = 0; i < argc; i++) {
        size_t which = 0, count = sizeof texts / sizeof *texts;
        if (strcmp(argv[i], "--stdin") == 0) out->open_stdin = true;
        else if (strcmp(argv[i], "--hold") == 0) out->hold = true;
        else {
            while (which < count && strcmp(argv[i], texts[which].name) != 0) which++;
            if (which == count) return usage(err, argv[i], "no such option");
            if (i + 1 == argc) return usage(err, argv[i], "needs a value");
            *texts[which].value = argv[++i];
        }
    }
    if (target != NULL && parse_target(target, out, err) < 0) return -1;
    if (parse_rotation(log_size, log_files, out, err) < 0) return -1;
    return check(out, err);
}
