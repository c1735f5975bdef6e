// OCI pause, resume, update and ps: the commands on the cgroup of a container.
#include "oci.h"

#include "cgroup/cgroup.h"
#include "cgroup/procs.h"
#include "command_line.h"
#include "common/cleanup.h"
#include "oci_resources.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int oci_cgroup_open(const struct oci *oci, const char *id, struct oci_state *state, struct error *err) {
    CLEAN_FD int dir = -1;
    if (oci_state_read(oci, id, state, &dir, err) < 0) return -1;
    oci_state_free(state);
    if (state->cgroup[0] == '\0') return error_set(err, ENOENT, "find cgroup of container", id, "it has none");
    return cgroup_open(state->cgroup, err);
}

static int freeze(const struct oci *oci, int argc, char **argv, bool frozen, struct error *err) {
    struct oci_state state;
    if (argc != 1) return error_set(err, EINVAL, "usage", NULL, "one container id is required");
    CLEAN_FD int cgroup = oci_cgroup_open(oci, argv[0], &state, err);
    return cgroup < 0 ? -1 : cgroup_freeze(state.cgroup, cgroup, frozen, err);
}

int oci_pause(const struct oci *oci, int argc, char **argv, struct error *err) {
    return freeze(oci, argc, argv, true, err);
}

int oci_resume(const struct oci *oci, int argc, char **argv, struct error *err) {
    return freeze(oci, argc, argv, false, err);
}

int oci_update(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct arena arena = {0};
    struct cgroup_resources resources = {0};
    struct oci_state state;
    const char *id = oci_resources_parse(argc, argv, &arena, &resources, err);
    CLEAN_FD int cgroup = id == NULL ? -1 : oci_cgroup_open(oci, id, &state, err);
    int result = cgroup < 0 ? -1 : cgroup_apply(state.cgroup, cgroup, &resources, err);
    arena_free(&arena);
    return result;
}

static bool is_one_of(const struct cgroup_pids *pids, long pid) {
    for (size_t i = 0; i < pids->count; i++)
        if (pids->list[i] == pid) return true;
    return false;
}

// The words of a line; the last one takes the rest.
static const char *word(const char *line, int column) {
    line += strspn(line, " ");
    for (; column > 0; column--) {
        line += strcspn(line, " \n");
        line += strspn(line, " ");
    }
    return line;
}

static int pid_column(const char *head) {
    for (int column = 0;; column++) {
        const char *at = word(head, column);
        size_t length = strcspn(at, " \n");
        if (length == 0) return -1;
        if (length == 3 && strncmp(at, "PID", 3) == 0) return column;
    }
}

static int filter(FILE *table, const struct cgroup_pids *pids, struct error *err) {
    CLEAN_FREE char *line = NULL;
    size_t room = 0;
    int column = -1;
    while (getline(&line, &room, table) > 0) {
        bool head = column < 0;
        if (head && (column = pid_column(line)) < 0) return error_set(err, EINVAL, "ps", NULL, "no column PID in its table");
        if (head || is_one_of(pids, strtol(word(line, column), NULL, 10))) fputs(line, stdout);
    }
    return 0;
}

// ps(1) with the person's options, of which the lines of the container are shown.
static int show_table(const struct cgroup_pids *pids, char **words, struct error *err) {
    static char *usual[] = {(char *)(uintptr_t)"ps", (char *)(uintptr_t)"-ef", NULL};
    int ends[2], status = 0;
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (words[1] != NULL) words[0] = usual[0];
    if (pipe(ends) < 0) return error_errno(err, "ps", NULL);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    int failed = posix_spawnp(&child, "ps", &actions, NULL, words[1] != NULL ? words : usual, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    CLEAN_FILE FILE *table = fdopen(ends[0], "r");
    if (failed != 0) return errno = failed, error_errno(err, "run", "ps");
    int result = table == NULL ? error_errno(err, "ps", NULL) : filter(table, pids, err);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return result == 0 && status != 0 ? error_set(err, 0, "run", "ps", "it failed") : result;
}

int oci_ps(const struct oci *oci, int argc, char **argv, struct error *err) {
    struct oci_state state;
    struct cgroup_pids pids;
    const char *format = "table";
    const struct command_option table[] = {{.name = "format", .letter = 'f', .value = &format}};
    int at = command_line_take(argc, argv, table, 1, err);
    if (at < 0) return -1;
    if (at == argc) return error_set(err, EINVAL, "usage", NULL, "a container id is required");
    CLEAN_FD int cgroup = oci_cgroup_open(oci, argv[at], &state, err);
    if (cgroup < 0) return -1;
    if (cgroup_pids(cgroup, &pids) < 0) return cgroup_failed(err, state.cgroup, "cgroup.procs");
    int result = 0;
    if (strcmp(format, "json") == 0) {
        printf("[");
        for (size_t i = 0; i < pids.count; i++) printf("%s%d", i == 0 ? "" : ",", (int)pids.list[i]);
        printf("]\n");
    } else {
        result = show_table(&pids, argv + at, err);
    }
    free(pids.list);
    return result;
}
