// The command line as a plan. Knows no layer.
#include "layer/options.h"

#include "layer/encode.h"
#include "layer/sha256.h"
#include "layer/source.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int usage(struct error *err, const char *option, const char *reason) {
    return layer_fail(err, LAYER_USAGE, "read command line", option, "%s", reason);
}

static int parse_number(const char *option, const char *value, uint64_t *number, struct error *err) {
    char *end;
    errno = 0;
    *number = strtoull(value, &end, 10);
    return errno != 0 || *end != '\0' || *value < '0' || *value > '9' ? usage(err, option, "not a number") : 0;
}

static int parse_digest(const char *option, const char *value, const char **digest, struct error *err) {
    *digest = value;
    return sha256_is_digest(value) ? 0 : usage(err, option, "not a SHA-256 digest");
}

static int parse_hidden(struct options *options, const char *option, const char *value, struct error *err) {
    if (*value == '/' || *value == '\0') return usage(err, option, "not a relative name");
    options->hidden[options->hidden_count++] = value;
    return 0;
}

static int parse_compression(struct options *options, const char *option, const char *value, struct error *err) {
    options->compression = value;
    return encode_is_known(value) ? 0 : usage(err, option, "neither gzip nor zstd nor none");
}

static int parse_descriptor(const char *option, const char *value, int *descriptor, struct error *err) {
    uint64_t number = 0;
    if (parse_number(option, value, &number, err) < 0) return -1;
    if (number > INT_MAX) return usage(err, option, "not a descriptor");
    *descriptor = (int)number;
    return 0;
}

static int unpack_value(struct options *options, const char *option, const char *value, struct error *err) {
    if (strcmp(option, "--dest") == 0) options->directory = value;
    else if (strcmp(option, "--growing-fd") == 0) return parse_descriptor(option, value, &options->growing_fd, err);
    else if (strcmp(option, "--digest") == 0) return parse_digest(option, value, &options->digest, err);
    else if (strcmp(option, "--diff-id") == 0) return parse_digest(option, value, &options->diff_id, err);
    else if (strcmp(option, "--size") == 0) return parse_number(option, value, &options->size, err);
    else if (strcmp(option, "--max-size") == 0) return parse_number(option, value, &options->max_size, err);
    else if (strcmp(option, "--progress-fd") == 0) return parse_descriptor(option, value, &options->progress_fd, err);
    else if (strcmp(option, "--lower") == 0) options->lower[options->lower_count++] = value;
    else return usage(err, option, "no such option");
    return 0;
}

static int diff_value(struct options *options, const char *option, const char *value, struct error *err) {
    if (strcmp(option, "--upper") == 0) options->upper[options->upper_count++] = value;
    else if (strcmp(option, "--lower") == 0) options->lower[options->lower_count++] = value;
    else if (strcmp(option, "--hide") == 0) return parse_hidden(options, option, value, err);
    else return usage(err, option, "no such option");
    return 0;
}

static int pack_value(struct options *options, const char *option, const char *value, struct error *err) {
    if (strcmp(option, "--blob") == 0) options->blob = value;
    else if (strcmp(option, "--compression") == 0) return parse_compression(options, option, value, err);
    else if (strcmp(option, "--answer-fd") == 0) return parse_descriptor(option, value, &options->answer_fd, err);
    else return diff_value(options, option, value, err);
    return 0;
}

struct form {
    const char *name;
    enum command command;
    const char *directory; // the option that must be there
    int (*value)(struct options *options, const char *option, const char *value, struct error *err);
};

static const struct form forms[] = {
    {"unpack", COMMAND_UNPACK, "--dest", unpack_value},
    {"pack", COMMAND_PACK, "--upper", pack_value},
    {"diff", COMMAND_DIFF, "--upper", diff_value},
};

static int parse_form(const struct form *form, struct options *options, int argc, char **argv, struct error *err) {
    options->command = form->command;
    options->upper = calloc((size_t)argc, sizeof *options->upper);
    options->lower = calloc((size_t)argc, sizeof *options->lower);
    options->hidden = calloc((size_t)argc, sizeof *options->hidden);
    if (options->upper == NULL || options->lower == NULL || options->hidden == NULL) return layer_errno(err, "read command line", NULL);
    for (int i = 2; i < argc; i++) {
        if (form->command == COMMAND_UNPACK && strcmp(argv[i], "--squash-ids") == 0) {
            options->squash_ids = true;
            continue;
        }
        if (i + 1 == argc) return usage(err, argv[i], "no such option, or its value is missing");
        if (form->value(options, argv[i], argv[i + 1], err) < 0) return -1;
        i++;
    }
    return options->directory == NULL && options->upper_count == 0 ? usage(err, form->directory, "missing") : 0;
}

// compare DIR DIR, copy [--shell] FROM TO
static int parse_two(struct options *options, int argc, char **argv, struct error *err) {
    options->command = strcmp(argv[1], "copy") == 0 ? COMMAND_COPY : COMMAND_COMPARE;
    options->shell = options->command == COMMAND_COPY && argc == 5 && strcmp(argv[2], "--shell") == 0;
    if (argc != (options->shell ? 5 : 4)) return usage(err, argv[1], "takes two directories");
    options->directory = argv[argc - 2];
    options->other = argv[argc - 1];
    return 0;
}

int options_parse(struct options *options, int argc, char **argv, struct error *err) {
    *options = (struct options){.size = SIZE_UNKNOWN, .max_size = UINT64_MAX, .compression = "none", .answer_fd = STDOUT_FILENO, .progress_fd = -1, .growing_fd = -1};
    if (argc == 3 && strcmp(argv[1], "sync") == 0) {
        options->command = COMMAND_SYNC;
        options->directory = argv[2];
        return 0;
    }
    if (argc >= 2 && (strcmp(argv[1], "compare") == 0 || strcmp(argv[1], "copy") == 0)) return parse_two(options, argc, argv, err);
    for (size_t i = 0; argc >= 2 && i < sizeof forms / sizeof *forms; i++)
        if (strcmp(argv[1], forms[i].name) == 0) return parse_form(&forms[i], options, argc, argv, err);
    return usage(err, NULL, "slipway-layer unpack --dest DIR, pack or diff --upper DIR, with options, sync DIR, compare DIR DIR, or copy [--shell] FROM TO");
}
