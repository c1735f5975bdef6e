// Fuzzes the applying of archives to a directory: nothing beside it ever changes. On a tmpfs of its own, behind chroot.
#include "layer_archive.h"
#include "layer_place.h"

#include "layer/apply.h"
#include "common/remove.h"

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

int main(int argc, char **argv) {
    return place_run(argc, argv, archive_words, sizeof archive_words / sizeof *archive_words, take);
}
