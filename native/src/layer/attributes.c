// Owner, mode, extended attributes and time of an entry. Knows no names of entries.
//
// Order matters: chown clears set-id bits and file capabilities, any of them changes nothing of the time but the last.
#include "layer/attributes.h"

#include "common/xattrs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ID_MAX 4294967294ll

int attributes_check(const struct tar_entry *entry, bool squash_ids, struct error *err) {
    if (squash_ids || (entry->uid >= 0 && entry->uid <= ID_MAX && entry->gid >= 0 && entry->gid <= ID_MAX)) return 0;
    return layer_fail(err, LAYER_REFUSED, "set owner", entry->name, "the owner %lld:%lld is out of range", (long long)entry->uid, (long long)entry->gid);
}

static int owner_failed(const struct tar_entry *entry, struct error *err) {
    if (errno != EINVAL) return layer_errno(err, "set owner", entry->name);
    return layer_fail(err, LAYER_REFUSED, "set owner", entry->name, "the owner %lld:%lld is not mapped in this user namespace", (long long)entry->uid,
                      (long long)entry->gid);
}

static bool owner_wanted(const struct attributes *attributes) {
    const struct tar_entry *entry = attributes->entry;
    if (attributes->inherited) return true;
    return !attributes->squash_ids && ((uid_t)entry->uid != attributes->user || (gid_t)entry->gid != attributes->group);
}

static uid_t owner_user(const struct attributes *attributes) {
    return attributes->squash_ids ? attributes->user : (uid_t)attributes->entry->uid;
}

static gid_t owner_group(const struct attributes *attributes) {
    return attributes->squash_ids ? attributes->group : (gid_t)attributes->entry->gid;
}

// `fd` < 0: by path.
static int set_xattrs(const struct tar_entry *entry, int fd, const char *path, struct error *err) {
    for (size_t i = 0; i < entry->xattr_count; i++) {
        const struct tar_xattr *xattr = &entry->xattrs[i];
        if (!xattrs_allowed(xattr->name)) continue;
        int result = fd >= 0 ? fsetxattr(fd, xattr->name, xattr->value, xattr->size, 0) : lsetxattr(path, xattr->name, xattr->value, xattr->size, 0);
        if (result == 0 || xattrs_excused(xattr->name, errno)) continue;
        // Too long a name or value for the kernel or the file system.
        if (errno == ERANGE || errno == E2BIG || errno == EINVAL) {
            return layer_fail(err, LAYER_REFUSED, "set attribute", entry->name, "%.60s does not fit", xattr->name);
        }
        return layer_errno(err, "set attribute", entry->name);
    }
    return 0;
}

static void times(const struct tar_entry *entry, struct timespec out[2]) {
    out[0] = out[1] = entry->mtime;
}

int attributes_set_file(const struct attributes *attributes, int fd, struct error *err) {
    const struct tar_entry *entry = attributes->entry;
    struct timespec time[2];
    bool owner = owner_wanted(attributes);
    if (owner && fchown(fd, owner_user(attributes), owner_group(attributes)) < 0) return owner_failed(entry, err);
    // The permission bits are from open; writing and chown may have taken the others.
    if ((entry->mode & 07000) != 0 && fchmod(fd, entry->mode) < 0) return layer_errno(err, "set mode", entry->name);
    if (set_xattrs(entry, fd, NULL, err) < 0) return -1;
    times(entry, time);
    return futimens(fd, time) < 0 ? layer_errno(err, "set time", entry->name) : 0;
}

int attributes_set(const struct attributes *attributes, int parent, const char *name, struct error *err) {
    const struct tar_entry *entry = attributes->entry;
    struct timespec time[2];
    char path[PATH_MAX];
    bool owner = owner_wanted(attributes), mode = entry->type != TAR_SYMLINK && (attributes->inherited || (entry->mode & 07000) != 0);
    if (owner && fchownat(parent, name, owner_user(attributes), owner_group(attributes), AT_SYMLINK_NOFOLLOW) < 0) return owner_failed(entry, err);
    if (mode && fchmodat(parent, name, entry->mode, 0) < 0) return layer_errno(err, "set mode", entry->name);
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", parent, name);
    if (entry->xattr_count > 0 && set_xattrs(entry, -1, path, err) < 0) return -1;
    times(entry, time);
    if (attributes->no_time || utimensat(parent, name, time, AT_SYMLINK_NOFOLLOW) == 0) return 0;
    return layer_errno(err, "set time", entry->name);
}
