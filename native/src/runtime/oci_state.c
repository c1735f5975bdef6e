// What is known of OCI containers between two commands: one directory each, with state.json and the gate's FIFO.
#include "oci.h"

#include "cgroup/cgroup.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/json_text.h"
#include "container.h"
#include "json_node.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>

enum { STATE_MAX = 1 << 20 };

static bool valid_id(const char *id) {
    if (id[0] == '\0' || strlen(id) > 255 || strcmp(id, ".") == 0 || strcmp(id, "..") == 0) return false;
    for (; *id != '\0'; id++)
        if (!isalnum((unsigned char)*id) && strchr("_+-.", *id) == NULL) return false;
    return true;
}

// The directory of all containers: given, else by the user.
static void root_path(const struct oci *oci, char path[4096]) {
    const char *run = getenv("XDG_RUNTIME_DIR");
    if (oci->root != NULL) snprintf(path, 4096, "%s", oci->root);
    else if (geteuid() != 0 && run != NULL) snprintf(path, 4096, "%s/slipway-oci", run);
    else snprintf(path, 4096, geteuid() == 0 ? "/run/slipway-oci" : "/tmp/slipway-oci-%u", (unsigned)geteuid());
}

// As `mkdir -p`: callers name a root that nobody has made yet (containerd: …/runtime-runc/moby).
static int make_directories(char *path, struct error *err) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int made = mkdir(path, 0700);
        if (made < 0 && errno != EEXIST) return error_errno(err, "make state directory", path);
        *slash = '/';
    }
    return mkdir(path, 0700) < 0 && errno != EEXIST ? error_errno(err, "make state directory", path) : 0;
}

static int root_directory(const struct oci *oci, bool create, struct error *err) {
    char path[4096];
    struct stat st;
    root_path(oci, path);
    if (create && make_directories(path, err) < 0) return -1;
    CLEAN_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (oci->root == NULL ? O_NOFOLLOW : 0));
    if (fd < 0 || fstat(fd, &st) < 0) return error_errno(err, "open state directory", path);
    if (st.st_uid != geteuid()) return error_set(err, EPERM, "open state directory", path, "belongs to another user");
    return take_fd(&fd);
}

int oci_state_root(const struct oci *oci, struct error *err) {
    return root_directory(oci, false, err);
}

const char *oci_state_cache(const struct oci *oci, char path[4096]) {
    struct error ignored;
    CLEAN_FD int root = root_directory(oci, true, &ignored);
    if (root < 0) return NULL;
    root_path(oci, path);
    size_t used = strlen(path);
    return snprintf(path + used, 4096 - used, "/.seccomp") < (int)(4096 - used) ? path : NULL;
}

int oci_state_directory(const struct oci *oci, const char *id, bool create, struct error *err) {
    if (!valid_id(id)) return error_set(err, EINVAL, "find container", id, "not a container's name");
    CLEAN_FD int root = root_directory(oci, create, err);
    if (root < 0) return -1;
    if (create && mkdirat(root, id, 0700) < 0) {
        if (errno == EEXIST) return error_set(err, EEXIST, "create container", id, "the name is taken");
        return error_errno(err, "create container", id);
    }
    int dir = openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 && errno == ENOENT) return error_set(err, ENOENT, "find container", id, "does not exist");
    return dir < 0 ? error_errno(err, "find container", id) : dir;
}

static void print_class(FILE *out, const struct rdt_place *rdt) {
    char group[sizeof rdt->group * JSON_TEXT_FACTOR];
    if (rdt->group[0] == '\0') return;
    json_quote(group, sizeof group, rdt->group);
    fprintf(out, ",\"intelRdt\":{\"group\":%s,\"monitored\":%s,\"made\":%s}", group, rdt->monitor[0] != '\0' ? "true" : "false",
            rdt->made ? "true" : "false");
}

static void parse_class(struct parse *parse, const struct node *state, const char *id, struct rdt_place *out) {
    struct node rdt = node_member(parse, state, "intelRdt"), group = node_member(parse, &rdt, "group");
    struct node monitored = node_member(parse, &rdt, "monitored"), made = node_member(parse, &rdt, "made");
    const char *name = "";
    bool monitor = false;
    node_string(parse, &group, &name);
    node_bool(parse, &monitored, &monitor);
    node_bool(parse, &made, &out->made);
    snprintf(out->group, sizeof out->group, "%s", name);
    if (monitor) snprintf(out->monitor, sizeof out->monitor, "%s", id);
}

int oci_state_write(int dir, const struct oci_state *state, struct error *err) {
    char *text = NULL, bundle[sizeof state->bundle * JSON_TEXT_FACTOR], cgroup[sizeof state->cgroup * JSON_TEXT_FACTOR];
    char config[sizeof state->config * JSON_TEXT_FACTOR], scope[sizeof state->scope * JSON_TEXT_FACTOR];
    size_t size = 0;
    json_quote(bundle, sizeof bundle, state->bundle);
    json_quote(cgroup, sizeof cgroup, state->cgroup);
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) return error_errno(err, "write state", state->id);
    fprintf(out, "{\"ociVersion\":\"%s\",\"id\":\"%s\",\"pid\":%d,\"startTime\":%llu,\"bundle\":%s,\"created\":\"%s\"", OCI_VERSION,
            state->id, (int)state->pid, (unsigned long long)state->start_time, bundle, state->created);
    json_quote(scope, sizeof scope, state->scope);
    json_quote(config, sizeof config, state->config);
    if (state->config[0] != '\0') fprintf(out, ",\"config\":%s", config);
    if (state->cgroup[0] != '\0') fprintf(out, ",\"cgroup\":%s,\"scope\":%s", cgroup, scope);
    if (state->annotations != NULL) fprintf(out, ",\"annotations\":%s", state->annotations);
    if (state->hooks != NULL) fprintf(out, ",\"hooks\":%s", state->hooks);
    print_class(out, &state->rdt);
    fprintf(out, "}\n");
    fclose(out);
    // State of processes: worth nothing after a power cut.
    CLEAN_FD int written = text == NULL ? -1 : io_write_replacing(dir, "state.json", text, size, 0600);
    free(text);
    return written < 0 ? error_errno(err, "write state", state->id) : 0;
}

static int parse_state(struct json_object *document, struct oci_state *out, struct error *err) {
    struct arena arena = {0};
    struct parse parse = {.arena = &arena, .err = err};
    struct node state = node_root(document), annotations = node_member(&parse, &state, "annotations");
    struct node pid = node_member(&parse, &state, "pid"), start = node_member(&parse, &state, "startTime");
    struct node bundle = node_member(&parse, &state, "bundle"), created = node_member(&parse, &state, "created");
    struct node cgroup = node_member(&parse, &state, "cgroup"), hooks = node_member(&parse, &state, "hooks");
    struct node scope = node_member(&parse, &state, "scope"), config = node_member(&parse, &state, "config");
    const char *config_text = "", *bundle_text = "", *created_text = "", *cgroup_text = "", *scope_text = "";
    int64_t number = 0;
    node_int(&parse, &pid, 1, INT32_MAX, &number);
    node_u64(&parse, &start, &out->start_time);
    node_string(&parse, &bundle, &bundle_text);
    node_string(&parse, &config, &config_text);
    node_string(&parse, &created, &created_text);
    node_string(&parse, &cgroup, &cgroup_text);
    node_string(&parse, &scope, &scope_text);
    parse_class(&parse, &state, out->id, &out->rdt);
    out->pid = (pid_t)number;
    snprintf(out->bundle, sizeof out->bundle, "%s", bundle_text);
    snprintf(out->config, sizeof out->config, "%s", config_text);
    snprintf(out->cgroup, sizeof out->cgroup, "%s", cgroup_text);
    snprintf(out->scope, sizeof out->scope, "%s", scope_text);
    snprintf(out->created, sizeof out->created, "%s", created_text);
    if (!parse.failed && annotations.value != NULL)
        out->annotations = strdup(json_object_to_json_string_ext(annotations.value, JSON_C_TO_STRING_PLAIN));
    if (!parse.failed && hooks.value != NULL) out->hooks = strdup(json_object_to_json_string_ext(hooks.value, JSON_C_TO_STRING_PLAIN));
    if (!parse.failed && out->pid == 0) node_wrong(&parse, &pid, "is required");
    arena_free(&arena);
    return parse.failed ? -1 : 0;
}

int oci_state_read(const struct oci *oci, const char *id, struct oci_state *out, int *dir, struct error *err) {
    size_t size = 0;
    struct json_object *document = NULL;
    *out = (struct oci_state){0};
    CLEAN_FD int fd = oci_state_directory(oci, id, false, err);
    if (fd < 0) return -1;
    CLEAN_FREE char *text = io_read_file(fd, "state.json", STATE_MAX, &size);
    if (text == NULL) return error_errno(err, "read state", id);
    if (json_document(text, size, id, &document, err) < 0) return -1;
    snprintf(out->id, sizeof out->id, "%s", id);
    int parsed = parse_state(document, out, err);
    json_object_put(document);
    if (parsed == 0) *dir = take_fd(&fd);
    return parsed;
}

void oci_state_free(struct oci_state *state) {
    free(state->annotations);
    free(state->hooks);
    state->annotations = state->hooks = NULL;
}

void oci_state_remove(const struct oci *oci, const char *id) {
    struct error ignored;
    CLEAN_FD int dir = oci_state_directory(oci, id, false, &ignored);
    CLEAN_FD int root = root_directory(oci, false, &ignored);
    if (dir < 0 || root < 0) return;
    (void)unlinkat(dir, "state.json", 0);
    (void)unlinkat(dir, OCI_GATE, 0);
    (void)unlinkat(dir, OCI_REPORT, 0);
    (void)unlinkat(root, id, AT_REMOVEDIR);
}

int oci_state_process(const struct oci_state *state, struct error *err) {
    uint64_t start = 0;
    CLEAN_FD int pidfd = pidfd_open(state->pid, 0);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    bool alive = pidfd >= 0 && container_start_time(state->pid, &start, err) == 0 && start == state->start_time;
    if (alive && poll(&ended, 1, 0) == 0) return take_fd(&pidfd);
    return error_set(err, ESRCH, "find process of container", state->id, "has ended");
}

enum oci_status oci_state_status(const struct oci_state *state, int dir) {
    struct error ignored;
    CLEAN_FD int pidfd = oci_state_process(state, &ignored);
    if (pidfd < 0) return OCI_STOPPED;
    if (state->cgroup[0] != '\0' && cgroup_is_frozen(state->cgroup)) return OCI_PAUSED;
    return faccessat(dir, OCI_GATE, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? OCI_CREATED : OCI_RUNNING;
}

const char *oci_status_name(enum oci_status status) {
    static const char *const names[] = {[OCI_CREATED] = "created", [OCI_RUNNING] = "running", [OCI_PAUSED] = "paused", [OCI_STOPPED] = "stopped"};
    return names[status];
}
