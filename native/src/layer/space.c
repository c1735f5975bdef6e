// What the file system still has for a layer, and what of it is left to others. Knows no archive.
#include "layer/space.h"

#include <sys/statvfs.h>

#define CHECK_EVERY (64ull << 20)
#define FILE_COUNTS (64ull << 10) // as bytes: so that files are looked for every 1024 of them
// Stops before the disk is full to the last byte and the last file: everything else on the machine needs it too.
#define BYTES_LEFT (32ull << 20)
#define FILES_LEFT 16384ull
#define SHARE_LEFT 50 // of a small disk: one part in so many

static uint64_t reserve(uint64_t all, uint64_t most) {
    return all / SHARE_LEFT < most ? all / SHARE_LEFT : most;
}

// File systems that make inodes as they need them have a count of 0.
static bool lacks_files(const struct statvfs *fs) {
    return fs->f_files > 0 && fs->f_favail <= reserve(fs->f_files, FILES_LEFT);
}

static int no_files(const char *name, struct error *err) {
    return layer_fail(err, LAYER_NO_SPACE, "files", name, "no room for more files on the file system");
}

static int check(struct space *space, const char *name, struct error *err) {
    struct statvfs fs;
    space->unchecked = 0;
    if (fstatvfs(space->fd, &fs) < 0) return layer_errno(err, "look at", "the file system");
    if (lacks_files(&fs)) return no_files(name, err);
    uint64_t all = (uint64_t)fs.f_blocks * fs.f_frsize, left = (uint64_t)fs.f_bavail * fs.f_frsize;
    return left < reserve(all, BYTES_LEFT) ? layer_fail(err, LAYER_NO_SPACE, "write", name, "no space left on the file system") : 0;
}

int space_took_bytes(struct space *space, uint64_t bytes, const char *name, struct error *err) {
    space->unchecked += bytes;
    return space->unchecked < CHECK_EVERY ? 0 : check(space, name, err);
}

int space_took_file(struct space *space, const char *name, struct error *err) {
    return space_took_bytes(space, FILE_COUNTS, name, err);
}

void space_explain(const struct space *space, struct error *err) {
    struct statvfs fs;
    if (err->code != LAYER_NO_SPACE || fstatvfs(space->fd, &fs) < 0 || !lacks_files(&fs)) return;
    no_files(NULL, err);
}
