// A place where a mistake harms nobody, for the drivers that write files: a tmpfs behind chroot.
#ifndef SLIPWAY_FUZZ_LAYER_PLACE_H
#define SLIPWAY_FUZZ_LAYER_PLACE_H

#include "mutate.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char canary[] = "untouched";

static void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) abort();
    close(fd);
}

// The seeds are read by now.
static void place_enter(const char *place) {
    char map[64];
    uid_t id = geteuid();
    if (id != 0) {
        if (unshare(CLONE_NEWUSER) < 0) abort();
        write_file("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "0 %u 1", id);
        write_file("/proc/self/uid_map", map);
    }
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) abort();
    if (mount("none", place, "tmpfs", 0, "size=64m") < 0 || chdir(place) < 0) abort();
    if (mkdir("proc", 0755) < 0 || mount("/proc", "proc", NULL, MS_BIND | MS_REC, NULL) < 0) abort();
    if (mkdir("out", 0755) < 0 || mkdir("layer", 0755) < 0 || mkdir("layer/a", 0755) < 0 || chroot(".") < 0) abort();
    write_file("/out/canary", canary);
    write_file("/layer/a/b", "below");
    write_file("/layer/target", "below");
}

static char place_path[] = "/tmp/slipway-fuzz-XXXXXX";
static void (*place_take)(const uint8_t *data, size_t size);

static void place_inside(const uint8_t *data, size_t size) {
    static bool inside;
    if (!inside) place_enter(place_path);
    inside = true;
    place_take(data, size);
}

/** Runs `take` as {@link fuzz_run} does, in such a place: /out/canary is there, and the layer /layer. */
static inline int place_run(int argc, char **argv, const char *const *words, size_t word_count, void (*take)(const uint8_t *data, size_t size)) {
    char crash[4096];
    int status;
    umask(0);
    if (mkdtemp(place_path) == NULL) return perror(place_path), 1;
    pid_t child = fork();
    place_take = take;
    if (child == 0) return fuzz_run(argc, argv, words, word_count, place_inside);
    waitpid(child, &status, 0);
    rmdir(place_path);
    snprintf(crash, sizeof crash, "%s.crash", argv[0]);
    if (status == 0) unlink(crash);
    return status == 0 ? 0 : 1;
}

#endif
