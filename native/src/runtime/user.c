// Reads the two files through the rootfs's descriptor only; what they say is user_db.c's.
#include "user.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "idmap.h"
#include "inroot.h"
#include "user_db.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_SIZE = 10 << 20, MAX_GROUPS = 1024 };

// The file's text in heap memory; empty (and *memory NULL) when it is not there.
static int read_db(int root, const char *path, char **memory, struct text_span *text, struct error *err) {
    struct stat st;
    *text = (struct text_span){"", 0};
    CLEAN_FD int fd = inroot_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : error_errno(err, "user", path);
    if (fstat(fd, &st) < 0) return error_errno(err, "user", path);
    if (!S_ISREG(st.st_mode)) return error_set(err, EINVAL, "user", path, "not a regular file");
    *memory = io_read_all(fd, MAX_SIZE, &text->length);
    if (*memory == NULL) return error_errno(err, "user", path);
    text->start = *memory;
    return 0;
}

static bool has_variable(char **env, const char *name) {
    size_t length = strlen(name);
    for (; *env != NULL; env++)
        if (strncmp(*env, name, length) == 0 && (*env)[length] == '=') return true;
    return false;
}

static int add_home(struct plan_process *process, struct arena *arena, struct text_span home, struct error *err) {
    size_t count = 0;
    if (has_variable(process->env, "HOME")) return 0;
    while (process->env[count] != NULL) count++;
    char **env = arena_array(arena, count + 2, sizeof *env);
    char *entry = arena_print(arena, "HOME=%.*s", home.length == 0 ? 1 : (int)home.length, home.length == 0 ? "/" : home.start);
    if (env == NULL || entry == NULL) return error_errno(err, "user", NULL);
    memcpy(env, process->env, count * sizeof *env);
    env[count] = entry;
    process->env = env;
    return 0;
}

static int resolve_group(struct text_span groups, struct text_span wanted, struct plan_user *user, struct error *err) {
    unsigned int id = 0;
    if (user_db_group(groups, wanted, &user->gid)) return 0;
    if (!user_db_id(wanted, &id)) return error_set(err, ENOENT, "user", NULL, "no group %.*s in the container's /etc/group", (int)wanted.length, wanted.start);
    user->gid = id;
    return 0;
}

// The primary group is one of the supplementary ones too, as docker has it since CVE-2022-2990; then those of /etc/group.
static int list_groups(struct text_span groups, const struct passwd_entry *entry, struct plan_user *user, struct arena *arena,
                       struct error *err) {
    user->groups = arena_array(arena, MAX_GROUPS + 1, sizeof *user->groups);
    if (user->groups == NULL) return error_errno(err, "user", NULL);
    user->groups[0] = user->gid;
    size_t count = entry == NULL ? 0 : user_db_groups_of(groups, entry->name, user->groups + 1, MAX_GROUPS);
    user->group_count = idmap_keep_gids(user->groups, count + 1);
    user->groups_found = true;
    return 0;
}

// Those that were asked for are not left out when they can't be had.
static int add_groups(struct text_span groups, const char *names, struct plan_user *user, struct error *err) {
    struct text_span list = {names == NULL ? "" : names, names == NULL ? 0 : strlen(names)};
    while (list.length > 0) {
        struct text_span name;
        gid_t gid = 0;
        bool found = user_db_next_group(groups, &list, &name, &gid);
        if (name.length == 0) break;
        if (!found) return error_set(err, ENOENT, "user", NULL, "no group %.*s in the container's /etc/group", (int)name.length, name.start);
        if (user->group_count > MAX_GROUPS) return error_set(err, E2BIG, "user", NULL, "more than %d groups", MAX_GROUPS);
        user->groups[user->group_count++] = gid;
        user->groups_found = false;
    }
    return 0;
}

// A user by number has a home too, as with other runtimes; files that can't be read have none for it.
static int find_home(int root, struct plan_process *process, struct arena *arena, struct error *err) {
    CLEAN_FREE char *memory = NULL;
    struct text_span passwd;
    struct passwd_entry entry = {0};
    struct error ignored;
    char id[16];
    if (has_variable(process->env, "HOME")) return 0;
    struct text_span wanted = {id, (size_t)snprintf(id, sizeof id, "%u", (unsigned)process->user.uid)};
    if (read_db(root, "/etc/passwd", &memory, &passwd, &ignored) == 0) (void)user_db_passwd(passwd, wanted, &entry);
    return add_home(process, arena, entry.home, err);
}

int user_resolve(int root, struct plan_process *process, struct arena *arena, struct error *err) {
    CLEAN_FREE char *passwd_memory = NULL;
    CLEAN_FREE char *group_memory = NULL;
    struct text_span passwd, group;
    struct passwd_entry entry = {0};
    unsigned int id = 0;
    const char *spec = process->user_name;
    if (spec == NULL) return find_home(root, process, arena, err);
    if (*spec == 0) spec = "0";
    const char *colon = strchr(spec, ':');
    struct text_span name = {spec, colon == NULL ? strlen(spec) : (size_t)(colon - spec)};
    if (name.length == 0) name = (struct text_span){"0", 1};
    if (read_db(root, "/etc/passwd", &passwd_memory, &passwd, err) < 0) return -1;
    if (read_db(root, "/etc/group", &group_memory, &group, err) < 0) return -1;
    bool found = user_db_passwd(passwd, name, &entry);
    if (!found && !user_db_id(name, &id))
        return error_set(err, ENOENT, "user", NULL, "no user %.*s in the container's /etc/passwd", (int)name.length, name.start);
    process->user.uid = found ? entry.uid : id;
    process->user.gid = found ? entry.gid : 0;
    bool with_group = colon != NULL && colon[1] != 0;
    struct text_span wanted = {with_group ? colon + 1 : "", with_group ? strlen(colon + 1) : 0};
    if (with_group && resolve_group(group, wanted, &process->user, err) < 0) return -1;
    // A group given by hand leaves out those of /etc/group.
    if (list_groups(group, found && !with_group ? &entry : NULL, &process->user, arena, err) < 0) return -1;
    if (add_groups(group, process->group_names, &process->user, err) < 0) return -1;
    return add_home(process, arena, entry.home, err);
}
