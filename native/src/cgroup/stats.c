// What a cgroup has used. A file that is not there is a controller that is not enabled.
#include "stats.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "file.h"

#include <fcntl.h>
#include <string.h>

enum { IO_STAT_MAX = 1 << 20 };

static struct cgroup_maybe maybe(int dir, const char *file) {
    struct cgroup_maybe number = {0};
    number.there = cgroup_file_number(dir, file, &number.value);
    return number;
}

static void read_cpu(int dir, struct cgroup_stats *out) {
    char text[CGROUP_TEXT];
    if (cgroup_file_read(dir, "cpu.stat", text) <= 0) return;
    (void)cgroup_text_number(text, "usage_usec", &out->usage_usec);
    (void)cgroup_text_number(text, "user_usec", &out->user_usec);
    (void)cgroup_text_number(text, "system_usec", &out->system_usec);
    (void)cgroup_text_number(text, "throttled_usec", &out->throttled_usec);
    (void)cgroup_text_number(text, "nr_periods", &out->periods);
    (void)cgroup_text_number(text, "nr_throttled", &out->throttled_periods);
}

static void read_memory(int dir, struct cgroup_stats *out) {
    char text[CGROUP_TEXT];
    out->has_memory = cgroup_file_number(dir, "memory.current", &out->memory);
    if (!out->has_memory) return;
    out->memory_limit = maybe(dir, "memory.max");
    out->memory_peak = maybe(dir, "memory.peak");
    out->swap = maybe(dir, "memory.swap.current");
    out->swap_limit = maybe(dir, "memory.swap.max");
    if (cgroup_file_read(dir, "memory.stat", text) > 0) {
        (void)cgroup_text_number(text, "inactive_file", &out->inactive_file);
        (void)cgroup_text_number(text, "file", &out->file);
    }
    if (cgroup_file_read(dir, "memory.events", text) > 0) (void)cgroup_text_number(text, "oom_kill", &out->oom_kill);
}

// Adds up `KEY=NUMBER` over all devices.
static uint64_t sum(const char *text, const char *key) {
    uint64_t total = 0;
    size_t length = strlen(key);
    for (const char *at = text; (at = strstr(at, key)) != NULL; at += length)
        if (at > text && at[-1] == ' ') total += strtoull(at + length, NULL, 10);
    return total;
}

static void read_io(int dir, struct cgroup_stats *out) {
    size_t size = 0;
    CLEAN_FREE char *text = io_read_file(dir, "io.stat", IO_STAT_MAX, &size);
    out->has_io = text != NULL;
    if (text == NULL) return;
    out->read_bytes = sum(text, "rbytes=");
    out->write_bytes = sum(text, "wbytes=");
    out->reads = sum(text, "rios=");
    out->writes = sum(text, "wios=");
}

void cgroup_stats_read(int dir, struct cgroup_stats *out) {
    *out = (struct cgroup_stats){0};
    read_cpu(dir, out);
    read_memory(dir, out);
    out->has_pids = cgroup_file_number(dir, "pids.current", &out->pids);
    if (out->has_pids) out->pids_limit = maybe(dir, "pids.max");
    read_io(dir, out);
}
