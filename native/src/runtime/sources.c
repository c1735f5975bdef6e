// Sources of bind mounts as trees, made before the child is. Knows no rootfs.
#include "sources.h"

#include "common/cleanup.h"
#include "idmap.h"
#include "inroot.h"
#include "keeper.h"
#include "mountapi.h"
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

static const char step[] = "map ids of mount";

// The kernel takes a mapping from a user namespace only, so one is made for it; nobody ever lives in there.
static int namespace_of(const struct plan_id_maps *maps, struct error *err) {
    char path[64];
    pid_t keeper = keeper_start(CLONE_NEWUSER, step, err);
    if (keeper < 0) return -1;
    int fd = -1;
    if (idmap_write(maps, keeper, err) == 0) {
        snprintf(path, sizeof path, "/proc/%d/ns/user", (int)keeper);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) (void)error_errno(err, step, path);
    }
    keeper_end(keeper);
    return fd;
}

static int map_ids(const struct plan *plan, const struct plan_mount *mount, int tree, int joined, struct error *err) {
    const struct plan_id_maps *maps = mount->id_maps.uid_count > 0 ? &mount->id_maps : &plan->id_maps;
    CLEAN_FD int made = maps->uid_count > 0 ? namespace_of(maps, err) : -1;
    if (maps->uid_count > 0 && made < 0) return -1;
    return mountapi_map_ids(tree, mount->ids_recursive, made >= 0 ? made : joined, mount->destination, err);
}

int sources_clone(const struct plan *plan, const struct plan_mount *mount, struct error *err) {
    CLEAN_FD int bundle = open(plan->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bundle < 0) return error_errno(err, "open bundle", plan->bundle);
    if (mount->subpath == NULL) return mountapi_clone(bundle, mount->source, mount->bind_recursive, err);
    CLEAN_FD int source = openat(bundle, mount->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (source < 0) return error_errno(err, "bind", mount->source);
    CLEAN_FD int part = inroot_open(source, mount->subpath, O_PATH, 0);
    return part < 0 ? error_errno(err, "open subpath", mount->subpath) : mountapi_clone(part, "", mount->bind_recursive, err);
}

static int open_one(const struct plan *plan, struct plan_mount *mount, int joined, struct error *err) {
    CLEAN_FD int tree = sources_clone(plan, mount, err);
    // An ordinary user may copy mounts only in a namespace of its own: the child will, as itself.
    if (tree < 0) return err->errnum == EPERM && !mount->ids_mapped ? 0 : -1;
    // As the child's whole view is: nothing that is mounted in the container may come to the machine.
    if (mountapi_set(tree, true, 0, 0, rootfs_propagation_of(plan), mount->destination, err) < 0) return -1;
    if (mount->ids_mapped && map_ids(plan, mount, tree, joined, err) < 0) return -1;
    mount->tree = take_fd(&tree);
    return 0;
}

int sources_open(struct plan *plan, int joined, struct error *err) {
    bool closed = plan->namespaces[NS_USER].wanted;
    for (size_t i = 0; i < plan->mount_count; i++) {
        bool bind = plan->mounts[i].kind == PLAN_MOUNT_BIND;
        if (bind && (closed || plan->mounts[i].ids_mapped) && open_one(plan, &plan->mounts[i], joined, err) < 0) return -1;
    }
    return 0;
}

void sources_close(struct plan *plan) {
    for (size_t i = 0; i < plan->mount_count; i++) close_fd(&plan->mounts[i].tree);
}
