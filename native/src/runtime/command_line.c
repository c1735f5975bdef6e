// Options of a command line as a table. Knows no command.
#include "command_line.h"

#include <errno.h>
#include <string.h>

static bool matches(const struct command_option *option, const char *word, size_t length) {
    if (length == 2 && word[1] != '-') return option->letter != 0 && word[1] == option->letter;
    return strlen(option->name) == length - 2 && strncmp(option->name, word + 2, length - 2) == 0;
}

static void append(const char ***list, const char *value) {
    const char **at = *list;
    while (*at != NULL) at++;
    at[0] = value;
    at[1] = NULL;
}

// Takes one option; returns the words used.
static int take_one(int argc, char **argv, const struct command_option *option, const char *equals, struct error *err) {
    if (option->flag != NULL) {
        *option->flag = equals == NULL || strcmp(equals, "=true") == 0;
        return 1;
    }
    if (option->value == NULL && option->list == NULL) return error_set(err, EOPNOTSUPP, "usage", argv[0], "is not supported");
    if (equals == NULL && argc < 2) return error_set(err, EINVAL, "usage", argv[0], "needs a value");
    const char *value = equals == NULL ? argv[1] : equals + 1;
    if (option->value != NULL) *option->value = value;
    else append(option->list, value);
    return equals == NULL ? 2 : 1;
}

int command_line_take(int argc, char **argv, const struct command_option *options, size_t count, struct error *err) {
    int at = 0;
    while (at < argc && argv[at][0] == '-' && argv[at][1] != '\0') {
        const char *word = argv[at], *equals = strchr(word, '=');
        size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word), i = 0;
        if (strcmp(word, "--") == 0) return at + 1;
        while (i < count && !matches(&options[i], word, length)) i++;
        if (i == count) return error_set(err, EINVAL, "usage", word, "no such option");
        int used = take_one(argc - at, argv + at, &options[i], equals, err);
        if (used < 0) return -1;
        at += used;
    }
    return at;
}
