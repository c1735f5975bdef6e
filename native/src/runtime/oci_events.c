// OCI events: what a container uses, once or again and again, and each time that the OOM killer was there.
#include "oci.h"

#include "cgroup/cgroup.h"
#include "cgroup/stats.h"
#include "command_line.h"
#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define N(value) ((unsigned long long)(value))

// An absent limit is the greatest number, as runc has it.
static unsigned long long limit_of(struct cgroup_maybe number) {
    return number.there ? N(number.value) : UINT64_MAX;
}

static void print_stats(const char *id, int dir) {
    struct cgroup_stats s;
    cgroup_stats_read(dir, &s);
    printf("{\"type\":\"stats\",\"id\":\"%s\",\"data\":{\"cpu\":{\"usage\":{\"total\":%llu,\"kernel\":%llu,\"user\":%llu},"
           "\"throttling\":{\"periods\":%llu,\"throttledPeriods\":%llu,\"throttledTime\":%llu}},\"memory\":{",
           id, N(s.usage_usec * 1000), N(s.system_usec * 1000), N(s.user_usec * 1000), N(s.periods), N(s.throttled_periods),
           N(s.throttled_usec * 1000));
    if (s.has_memory)
        printf("\"cache\":%llu,\"usage\":{\"limit\":%llu,\"usage\":%llu,\"max\":%llu,\"failcnt\":%llu},"
               "\"swap\":{\"limit\":%llu,\"usage\":%llu,\"failcnt\":0},\"raw\":{\"inactive_file\":%llu}",
               N(s.file), limit_of(s.memory_limit), N(s.memory), N(s.memory_peak.value), N(s.oom_kill), limit_of(s.swap_limit),
               N(s.swap.value), N(s.inactive_file));
    printf("},\"pids\":{");
    if (s.has_pids) printf("\"current\":%llu,\"limit\":%llu", N(s.pids), N(s.pids_limit.value));
    printf("},\"blkio\":{");
    if (s.has_io)
        printf("\"ioServiceBytesRecursive\":[{\"major\":0,\"minor\":0,\"op\":\"Read\",\"value\":%llu},{\"major\":0,\"minor\":0,\"op\":\"Write\",\"value\":%llu}]",
               N(s.read_bytes), N(s.write_bytes));
    printf("},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}}\n");
    fflush(stdout);
}

// `5s`, `500ms`, `1m30s`: Go's durations without fractions below a millisecond.
static int parse_interval(const char *text, struct timespec *out) {
    double total = 0;
    while (*text != '\0') {
        char *end;
        double number = strtod(text, &end);
        if (end == text || !(number >= 0)) return -1;
        if (strncmp(end, "ms", 2) == 0) total += number / 1000, end += 2;
        else if (*end == 's') total += number, end++;
        else if (*end == 'm') total += number * 60, end++;
        else if (*end == 'h') total += number * 3600, end++;
        else return -1;
        text = end;
    }
    if (!(total >= 0.001 && total < 1e9)) return -1;
    *out = (struct timespec){.tv_sec = (time_t)total, .tv_nsec = (long)((total - floor(total)) * 1e9)};
    return 0;
}

static void print_oom(const struct oci_state *state, uint64_t *known) {
    uint64_t now = cgroup_oom_kills(state->cgroup);
    if (now > *known) printf("{\"type\":\"oom\",\"id\":\"%s\"}\n", state->id), fflush(stdout);
    *known = now;
}

// Until the container ends or nobody reads any more.
static int stream(const struct oci_state *state, int dir, const struct timespec *interval, struct error *err) {
    uint64_t ticks, ooms = cgroup_oom_kills(state->cgroup);
    char text[512];
    struct itimerspec every = {.it_value = *interval, .it_interval = *interval};
    CLEAN_FD int process = oci_state_process(state, err);
    if (process < 0) return -1;
    CLEAN_FD int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    CLEAN_FD int memory = openat(dir, "memory.events", O_RDONLY | O_CLOEXEC); // absent without the controller
    if (timer < 0 || timerfd_settime(timer, 0, &every, NULL) < 0) return error_errno(err, "wait", NULL);
    struct pollfd all[] = {{.fd = process, .events = POLLIN}, {.fd = timer, .events = POLLIN}, {.fd = memory, .events = POLLPRI}, {.fd = STDOUT_FILENO}};
    for (;;) {
        if (memory >= 0 && pread(memory, text, sizeof text, 0) < 0 && errno != ENODEV) return error_errno(err, "read", "memory.events");
        print_oom(state, &ooms);
        if (poll(all, 4, -1) < 0 && errno != EINTR) return error_errno(err, "wait", NULL);
        if (all[0].revents != 0 || (all[3].revents & (POLLERR | POLLHUP)) != 0) break;
        if (all[1].revents != 0 && read(timer, &ticks, sizeof ticks) == sizeof ticks) print_stats(state->id, dir);
        if ((all[2].revents & POLLHUP) != 0) break;
    }
    print_oom(state, &ooms);
    return 0;
}

int oci_events(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct oci_state state;
    struct timespec interval;
    bool once = false;
    const char *text = "5s";
    const struct command_option table[] = {{.name = "stats", .flag = &once}, {.name = "interval", .value = &text}};
    int at = command_line_take(argc, argv, table, 2, err);
    if (at < 0) return -1;
    if (argc - at != 1) return error_set(err, EINVAL, "usage", NULL, "one container id is required");
    if (parse_interval(text, &interval) < 0) return error_set(err, EINVAL, "usage", text, "is no interval like 5s");
    CLEAN_FD int dir = oci_cgroup_open(oci, argv[at], &state, err);
    if (dir < 0) return -1;
    if (!once) return stream(&state, dir, &interval, err);
    print_stats(state.id, dir);
    return 0;
}
