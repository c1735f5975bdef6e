// Fuzzes the reading of archives: any bytes give entries that keep the reader's promises, or an error with a reason.
#include "layer_archive.h"

static void check(const struct tar *tar) {
    const struct tar_entry *entry = &tar->entry;
    uint64_t data = 0, end = 0;
    if (strnlen(entry->name, TAR_NAME) == TAR_NAME || strnlen(entry->link, TAR_NAME) == TAR_NAME) abort();
    if (entry->xattr_count > TAR_XATTRS_MAX || (entry->mode & ~07777u) != 0) abort();
    if (entry->mtime.tv_nsec < 0 || entry->mtime.tv_nsec > 999999999) abort();
    for (size_t i = 0; i < entry->xattr_count; i++) {
        const struct tar_xattr *xattr = &entry->xattrs[i];
        uint8_t *value = malloc(xattr->size + 1); // every byte of it is there to be read
        if (strlen(xattr->name) == 0) abort();
        memcpy(value, xattr->value, xattr->size);
        free(value);
    }
    for (size_t i = 0; i < entry->piece_count; i++) {
        if (entry->pieces[i].offset < end || entry->pieces[i].offset + entry->pieces[i].size > entry->size) abort();
        end = entry->pieces[i].offset + entry->pieces[i].size;
        data += entry->pieces[i].size;
    }
    if (data != (entry->sparse ? tar->data_left : 0)) abort();
    if (!entry->sparse && tar->data_left != entry->size) abort();
}

static void take(const uint8_t *data, size_t size) {
    uint8_t *copy = archive_repair(data, size);
    struct archive_bytes bytes = {.stream = {.more = archive_more}, .data = copy, .size = size};
    bytes.stream.source = &bytes;
    struct tar *tar = calloc(1, sizeof *tar);
    struct error err = {0};
    const uint8_t *part;
    size_t length;
    int more;
    tar->in = &bytes.stream;
    while ((more = tar_next(tar, &err)) > 0) {
        check(tar);
        if (fuzz_random(3) == 0) continue;
        while ((more = tar_data(tar, &part, &length, &err)) > 0)
            if (length == 0) abort();
        if (more < 0) break;
    }
    if (more < 0 && (err.code == 0 || err.step[0] == '\0' || err.message[0] == '\0')) abort();
    tar_free(tar);
    free(tar);
    free(copy);
}

int main(int argc, char **argv) {
    return fuzz_run(argc, argv, archive_words, sizeof archive_words / sizeof *archive_words, take);
}
