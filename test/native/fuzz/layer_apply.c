// Fuzzes the applying of archives to a directory: nothing beside it ever changes. On a tmpfs of its own, behind chroot.
#include "layer_archive.h"

#include "layer/apply.h"
#include "layer/remove.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

static const char canary[] = "untouched";

static void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) abort();
    close(fd);
}

static void check_outside(void) {
    char text[32] = "";
    int fd = open("/out/canary", O_RDONLY | O_NOFOLLOW), names = 0;
    struct stat st;
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0 || strcmp(text, canary) != 0) abort();
    if (fstat(fd, &st) < 0 || st.st_nlink != 1 || (st.st_mode & 07777) != 0600) abort();
    close(fd);
    DIR *dir = opendir("/out");
    while (readdir(dir) != NULL) names++;
    closedir(dir);
    dir = opendir("/");
    while (readdir(dir) != NULL) names++;
    closedir(dir);
    if (names != 3 + 2 + 4) abort(); // ".", "..", canary; ".", "..", out, proc, root, layer
}

static void take(const uint8_t *data, size_t size) {
    static const char *const lower[] = {"/layer"};
    uint8_t *copy = archive_repair(data, size);
    struct archive_bytes bytes = {.stream = {.more = archive_more}, .data = copy, .size = size};
    struct apply *apply = calloc(1, sizeof *apply);
    struct error err = {0};
    bytes.stream.source = &bytes;
    if (mkdir("/root", 0755) < 0 || root_open(&apply->root, "/root", &err) < 0) abort();
    apply->tar.in = &bytes.stream;
    apply->squash_ids = fuzz_random(2) == 0;
    apply->lower = (struct lower){fuzz_random(2), lower};
    int result = apply_run(apply, &err);
    if (result < 0 && (err.code == 0 || err.step[0] == '\0' || err.message[0] == '\0')) abort();
    check_outside();
    apply_free(apply);
    root_close(&apply->root);
    free(apply);
    free(copy);
    if (remove_any(AT_FDCWD, "/root") < 0) abort();
}

static char place[] = "/tmp/slipway-fuzz-XXXXXX";

// Into a place where a mistake harms nobody. The seeds are read by now.
static void retreat(void) {
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

static void take_inside(const uint8_t *data, size_t size) {
    static bool inside;
    if (!inside) retreat();
    inside = true;
    take(data, size);
}

int main(int argc, char **argv) {
    char crash[4096];
    int status;
    umask(0);
    if (mkdtemp(place) == NULL) return perror(place), 1;
    pid_t child = fork();
    if (child == 0) return fuzz_run(argc, argv, archive_words, sizeof archive_words / sizeof *archive_words, take_inside);
    waitpid(child, &status, 0);
    rmdir(place);
    snprintf(crash, sizeof crash, "%s.crash", argv[0]);
    if (status == 0) unlink(crash);
    return status == 0 ? 0 : 1;
}
