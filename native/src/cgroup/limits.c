// Carrying out settings on a cgroup that is open.
#include "limits.h"

#include "cgroup.h"
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Unlimited is what a cgroup without the controller is.
static bool asks_nothing(const struct cgroup_setting *setting) {
    return strcmp(setting->value, "max") == 0;
}

bool cgroup_limited(const struct cgroup_resources *resources) {
    for (size_t i = 0; i < resources->count; i++)
        if (!asks_nothing(&resources->settings[i])) return true;
    return false;
}

int limits_required(const struct cgroup_resources *resources, struct place *place, struct error *err) {
    for (size_t i = 0; i < resources->count; i++) {
        const struct cgroup_setting *setting = &resources->settings[i];
        size_t length = strcspn(setting->file, "."), at = 0;
        if (asks_nothing(setting)) continue;
        while (at < place->required_count &&
               (strncmp(place->required[at], setting->file, length) != 0 || place->required[at][length] != '\0'))
            at++;
        if (at < place->required_count) continue;
        if (length >= CGROUP_CONTROLLER || at == CGROUP_CONTROLLERS)
            return error_set(err, EINVAL, "cgroup", setting->file, "no such control file (linux.resources.%s)", setting->member);
        snprintf(place->required[place->required_count++], CGROUP_CONTROLLER, "%.*s", (int)length, setting->file);
    }
    return 0;
}

static int failed(const char *path, const char *file, const struct cgroup_setting *setting, struct error *err) {
    (void)cgroup_failed(err, path, file);
    size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used, " (linux.resources.%s: %.60s)", setting->member, setting->value);
    return -1;
}

// `FIRST REST` with the first word as it is.
static int write_keeping(int dir, const struct cgroup_setting *setting) {
    char text[CGROUP_TEXT], value[CGROUP_TEXT];
    if (cgroup_file_read(dir, setting->file, text) < 0) return -1;
    snprintf(value, sizeof value, "%.*s %s", (int)strcspn(text, " \n"), text, setting->value);
    return cgroup_file_write(dir, setting->file, value);
}

// BFQ takes 1 to 1000 as the specification has it; io.weight goes from 1 to 10000. The value may begin with a device.
static int write_weight(int dir, const struct cgroup_setting *setting) {
    if (cgroup_file_write(dir, "io.bfq.weight", setting->value) == 0) return 0;
    if (errno != ENOENT && errno != EOPNOTSUPP && errno != EINVAL) return -1;
    char value[128];
    const char *space = strrchr(setting->value, ' '), *number = space == NULL ? setting->value : space + 1;
    unsigned long weight = strtoul(number, NULL, 10), scaled = 1 + (weight - 10) * 9999 / 990;
    snprintf(value, sizeof value, "%.*s%lu", (int)(number - setting->value), setting->value, scaled);
    return cgroup_file_write(dir, "io.weight", value);
}

static int write_one(int dir, const struct cgroup_setting *setting) {
    switch (setting->kind) {
    case CGROUP_KEEP_FIRST: return write_keeping(dir, setting);
    case CGROUP_WEIGHT: return write_weight(dir, setting);
    default: return cgroup_file_write(dir, setting->file, setting->value);
    }
}

static int check_usage(const char *path, int dir, const struct cgroup_resources *resources, struct error *err) {
    uint64_t usage = 0;
    if (!resources->check_before_update || resources->memory_limit <= 0) return 0;
    if (!cgroup_file_number(dir, "memory.current", &usage) || usage <= (uint64_t)resources->memory_limit) return 0;
    char file[CGROUP_TEXT];
    snprintf(file, sizeof file, CGROUP_MOUNT "%.4000s/memory.max", path);
    return error_set(err, EBUSY, "cgroup", file, "%llu bytes are in use, more than the limit of %lld", (unsigned long long)usage,
                     (long long)resources->memory_limit);
}

int limits_write(const char *path, int dir, const struct cgroup_resources *resources, struct error *err) {
    if (check_usage(path, dir, resources, err) < 0) return -1;
    for (size_t i = 0; i < resources->count; i++) {
        const struct cgroup_setting *setting = &resources->settings[i];
        if (write_one(dir, setting) == 0) continue;
        if (errno == ENOENT && (setting->kind == CGROUP_OPTIONAL || asks_nothing(setting))) continue;
        return failed(path, setting->kind == CGROUP_WEIGHT ? "io.weight" : setting->file, setting, err);
    }
    return 0;
}
