// The command line as a plan. Knows no layer.
#include "layer/options.h"

#include "layer/sha256.h"
#include "layer/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static int parse_value(struct options *options, const char *option, const char *value, struct error *err) {
    if (strcmp(option, "--dest") == 0) options->directory = value;
    else if (strcmp(option, "--blob") == 0) options->blob = value;
    else if (strcmp(option, "--digest") == 0) return parse_digest(option, value, &options->digest, err);
    else if (strcmp(option, "--diff-id") == 0) return parse_digest(option, value, &options->diff_id, err);
    else if (strcmp(option, "--size") == 0) return parse_number(option, value, &options->size, err);
    else if (strcmp(option, "--max-size") == 0) return parse_number(option, value, &options->max_size, err);
    else if (strcmp(option, "--lower") == 0) options->lower[options->lower_count++] = value;
    else return usage(err, option, "no such option");
    return 0;
}

static int parse_unpack(struct options *options, int argc, char **argv, struct error *err) {
    options->lower = calloc((size_t)argc, sizeof *options->lower);
    if (options->lower == NULL) return layer_errno(err, "read command line", NULL);
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--squash-ids") == 0) {
            options->squash_ids = true;
            continue;
        }
        if (i + 1 == argc) return usage(err, argv[i], "no such option, or its value is missing");
        if (parse_value(options, argv[i], argv[i + 1], err) < 0) return -1;
        i++;
    }
    return options->directory == NULL ? usage(err, "--dest", "missing") : 0;
}

int options_parse(struct options *options, int argc, char **argv, struct error *err) {
    *options = (struct options){.size = SIZE_UNKNOWN, .max_size = UINT64_MAX};
    if (argc == 3 && strcmp(argv[1], "sync") == 0) {
        options->sync = true;
        options->directory = argv[2];
        return 0;
    }
    if (argc >= 2 && strcmp(argv[1], "unpack") == 0) return parse_unpack(options, argc, argv, err);
    return usage(err, NULL, "slipway-layer unpack --dest DIR [OPTIONS], or slipway-layer sync DIR");
}
