// OCI start, state, kill, delete, list: the commands on containers that exist.
#include "oci.h"

#include "cgroup/cgroup.h"
#include "cgroup/procs.h"
#include "command_line.h"
#include "common/cleanup.h"
#include "container.h"
#include "hooks.h"
#include "oci_scope.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

// Reads the state of the one container that the words name.
static int find(const struct oci *oci, int argc, char **argv, struct oci_state *state, int *dir, struct error *err) {
    if (argc != 1) return error_set(err, EINVAL, "usage", NULL, "one container id is required");
    return oci_state_read(oci, argv[0], state, dir, err);
}

// Until the process has been exec'd (the FIFO's last writer is gone) or has told why not.
static int wait_for_exec(int report, struct error *err) {
    struct pollfd told = {.fd = report, .events = POLLIN};
    struct error from;
    while (poll(&told, 1, -1) < 0)
        if (errno != EINTR) return error_errno(err, "start container", NULL);
    ssize_t got = read(report, &from, sizeof from);
    return got == sizeof from ? container_take_error(&from, err) : 0;
}

static int open_gate(int dir, const char *id, struct error *err) {
    CLEAN_FD int gate = openat(dir, OCI_GATE, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (gate < 0 && errno == ENOENT) return error_set(err, EINVAL, "start container", id, "is not in state created");
    if (gate < 0 && errno == ENXIO) return error_set(err, ESRCH, "start container", id, "has ended");
    CLEAN_FD int report = openat(dir, OCI_REPORT, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    // Unlinked before it is opened for the process: who comes second finds no gate.
    if (gate < 0 || report < 0 || unlinkat(dir, OCI_GATE, 0) < 0 || write(gate, "", 1) != 1)
        return error_errno(err, "start container", id);
    int result = wait_for_exec(report, err);
    (void)unlinkat(dir, OCI_REPORT, 0);
    return result;
}

int oci_start(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct oci_state state;
    CLEAN_FD int dir = -1;
    if (find(oci, argc, argv, &state, &dir, err) < 0) return -1;
    int result = open_gate(dir, state.id, err);
    if (result == 0) oci_hooks_after(oci, &state, false);
    oci_state_free(&state);
    return result;
}

static void print_state(FILE *out, const struct oci_state *state, int dir, bool with_created) {
    enum oci_status status = oci_state_status(state, dir);
    container_state_print(out, &(struct container_state){
        .id = state->id, .bundle = state->bundle, .status = oci_status_name(status), .pid = status == OCI_STOPPED ? 0 : state->pid,
        .annotations = state->annotations, .created = with_created ? state->created : NULL});
}

int oci_show_state(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct oci_state state;
    CLEAN_FD int dir = -1;
    if (find(oci, argc, argv, &state, &dir, err) < 0) return -1;
    print_state(stdout, &state, dir, false);
    printf("\n");
    oci_state_free(&state);
    return 0;
}

// `9`, `KILL` or `SIGKILL`; 0: none.
static int signal_number(const char *name) {
    char *end;
    long number = strtol(name, &end, 10);
    if (*end == '\0' && end != name) return number > 0 && number < NSIG ? (int)number : 0;
    if (strncmp(name, "SIG", 3) == 0) name += 3;
    for (int i = 1; i < NSIG; i++) {
        const char *abbreviation = sigabbrev_np(i);
        if (abbreviation != NULL && strcmp(abbreviation, name) == 0) return i;
    }
    return 0;
}

// Also what the first process left behind.
static int signal_all(const struct oci_state *state, int number, struct error *err) {
    CLEAN_FD int cgroup = cgroup_open(state->cgroup, err);
    if (cgroup < 0) return -1;
    if (number == SIGKILL) return cgroup_kill(state->cgroup, cgroup, err);
    return cgroup_signal(cgroup, number) < 0 ? error_errno(err, "signal container", state->id) : 0;
}

int oci_kill(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct oci_state state;
    CLEAN_FD int dir = -1;
    bool all = false;
    const struct command_option table[] = {{.name = "all", .letter = 'a', .flag = &all}};
    int at = command_line_take(argc, argv, table, 1, err);
    if (at < 0) return -1;
    const char *name = argc - at == 2 ? argv[at + 1] : "TERM";
    int number = signal_number(name);
    if (number == 0) return error_set(err, EINVAL, "usage", name, "no such signal");
    if (find(oci, argc - at == 2 ? 1 : argc - at, argv + at, &state, &dir, err) < 0) return -1;
    oci_state_free(&state);
    if (all && state.cgroup[0] != '\0') return signal_all(&state, number, err);
    CLEAN_FD int pidfd = oci_state_process(&state, err);
    if (pidfd < 0) return -1;
    return syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) < 0 ? error_errno(err, "signal container", state.id) : 0;
}

// Kills the first process and waits for its end, which the kernel tells through the descriptor.
static int end_container(const struct oci_state *state, struct error *err) {
    CLEAN_FD int pidfd = oci_state_process(state, err);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    if (pidfd < 0) return 0;
    if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0) return error_errno(err, "kill container", state->id);
    while (poll(&ended, 1, -1) < 0)
        if (errno != EINTR) return error_errno(err, "kill container", state->id);
    return 0;
}

static int delete(const struct oci *oci, const struct oci_state *state, struct error *err) {
    if (end_container(state, err) < 0) return -1;
    if (oci_scope_leave(state, err) < 0 || rdt_remove(&state->rdt, err) < 0) return -1;
    oci_state_remove(oci, state->id);
    oci_hooks_after(oci, state, true);
    return 0;
}

static int delete_one(const struct oci *oci, const char *id, bool force, struct error *err) {
    struct oci_state state;
    CLEAN_FD int dir = -1;
    if (oci_state_read(oci, id, &state, &dir, err) < 0) {
        // Half made by a command that was killed: there is nothing but the directory.
        if (!force) return -1;
        oci_state_remove(oci, id);
        return 0;
    }
    bool alive = !force && oci_state_status(&state, dir) != OCI_STOPPED;
    int result = alive ? error_set(err, EBUSY, "delete container", state.id, "is not stopped") : delete(oci, &state, err);
    oci_state_free(&state);
    return result;
}

// Each whose id fits is taken away, whatever becomes of the others; the last failure is told.
static int delete_matching(const struct oci *oci, const char *pattern, bool force, struct error *err) {
    regex_t regex;
    int result = 0;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) return error_set(err, EINVAL, "usage", pattern, "not a regular expression");
    CLEAN_FD int root = oci_state_root(oci, err);
    CLEAN_DIR DIR *entries = root < 0 ? NULL : fdopendir(dup(root));
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] == '.' || regexec(&regex, entry->d_name, 0, NULL, 0) != 0) continue;
        if (delete_one(oci, entry->d_name, force, err) < 0) result = -1;
    }
    regfree(&regex);
    return root < 0 && err->errnum != ENOENT ? -1 : result;
}

int oci_delete(const struct oci *oci, int argc, char **argv, struct error *err) {
    bool force = false, regex = false;
    const struct command_option table[] = {{.name = "force", .letter = 'f', .flag = &force}, {.name = "regex", .letter = 'r', .flag = &regex}};
    int at = command_line_take(argc, argv, table, 2, err);
    if (at < 0) return -1;
    if (argc - at != 1) return error_set(err, EINVAL, "usage", NULL, "one container id is required");
    return regex ? delete_matching(oci, argv[at], force, err) : delete_one(oci, argv[at], force, err);
}

static void list_one(const struct oci *oci, const char *id, bool quiet, bool json, bool *first) {
    struct oci_state state;
    struct error ignored;
    CLEAN_FD int dir = -1;
    if (id[0] == '.' || oci_state_read(oci, id, &state, &dir, &ignored) < 0) return;
    if (quiet) {
        printf("%s\n", state.id);
    } else if (json) {
        printf(*first ? "" : ",");
        print_state(stdout, &state, dir, true);
    } else {
        enum oci_status status = oci_state_status(&state, dir);
        printf("%-12s %-10d %-10s %-30s %s\n", state.id, status == OCI_STOPPED ? 0 : (int)state.pid, oci_status_name(status),
               state.created, state.bundle);
    }
    *first = false;
    oci_state_free(&state);
}

int oci_list(const struct oci *oci, int argc, char **argv, struct error *err) {
    bool quiet = false, first = true;
    const char *format = "table";
    const struct command_option table[] = {
        {.name = "quiet", .letter = 'q', .flag = &quiet},
        {.name = "format", .letter = 'f', .value = &format},
    };
    if (command_line_take(argc, argv, table, 2, err) < 0) return -1;
    bool json = strcmp(format, "json") == 0;
    CLEAN_FD int root = oci_state_root(oci, err);
    CLEAN_DIR DIR *entries = root < 0 ? NULL : fdopendir(dup(root));
    if (!quiet) printf(json ? "[" : "%-12s %-10s %-10s %-30s %s\n", "ID", "PID", "STATUS", "CREATED", "BUNDLE");
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
        list_one(oci, entry->d_name, quiet, json, &first);
    if (json && !quiet) printf("]\n");
    return root < 0 && err->errnum != ENOENT ? -1 : 0;
}
