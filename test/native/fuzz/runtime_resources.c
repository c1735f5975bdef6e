// Fuzzes linux.resources: every setting that comes of it names a control file, and no other, and stays in the cgroup.
#include "section.h"

#include <ctype.h>

static const char *const words[] = {
    "{", "}", "[", "]", ",", ":", "null", "true", "false", "-1", "-2", "0", "9223372036854775807", "18446744073709551616", "1.5", "\"memory\":",
    "\"limit\":", "\"swap\":", "\"reservation\":", "\"cpu\":", "\"shares\":", "\"quota\":", "\"period\":", "\"burst\":", "\"cpus\":", "\"0-1,3\"", "\"pids\":",
    "\"blockIO\":", "\"weight\":", "\"weightDevice\":", "\"major\":", "\"minor\":", "\"rate\":", "\"throttleReadBpsDevice\":", "\"hugepageLimits\":",
    "\"pageSize\":", "\"2MB\"", "\"rdma\":", "\"hcaHandles\":", "\"unified\":", "\"memory.high\":", "\"../x.y\"", "\"cgroup.procs\":", "\"devices\":",
    "\"allow\":", "\"type\":", "\"access\":", "\"rwm\"",
};

static void check(const struct cgroup_setting *setting) {
    const char *dot = strchr(setting->file, '.');
    if (dot == NULL || dot == setting->file || strncmp(setting->file, "cgroup.", 7) == 0 || setting->member[0] == '\0') abort();
    for (const char *at = setting->file; *at != '\0'; at++)
        if (*at == '/' || iscntrl((unsigned char)*at)) abort();
}

static void check_plan(const struct plan *plan) {
    for (size_t i = 0; i < plan->resources.count; i++) check(&plan->resources.settings[i]);
}

static void take(const uint8_t *data, size_t size) {
    fuzz_section(data, size, "\"cgroupsPath\":\"/a\",\"resources\":", check_plan);
}

int main(int argc, char **argv) {
    return fuzz_run(argc, argv, words, sizeof words / sizeof *words, take);
}
