// Fuzzes the writing of archives: what is written of an entry, of any sizes and names, is what the reader makes of it.
#include "layer_archive.h"

#include "layer/tar_write.h"

#define ARCHIVE_MAX (8u << 20)

static uint8_t *archive;

static int no_more(struct out *out) {
    (void)out;
    return -1;
}

/** The input as a source of fields. */
struct source {
    const uint8_t *data;
    size_t size;
};

static uint64_t number(struct source *source, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && source->size > 0; i++, source->data++, source->size--) value = value << 8 | *source->data;
    return value;
}

// Any bytes but zero; `most` at most.
static void text(struct source *source, char *out, size_t most) {
    size_t length = number(source, 2) % (most + 1);
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)number(source, 1);
        out[i] = byte == 0 ? 'n' : (char)byte;
    }
    out[length] = '\0';
}

static void make(struct source *source, struct tar_entry *entry) {
    static char names[3][300];
    static uint8_t values[3][600];
    static struct tar_piece pieces[4];
    entry->type = (enum tar_type)(number(source, 1) % 7);
    text(source, entry->name + 1, TAR_NAME - 3);
    entry->name[0] = 'a';
    text(source, entry->link + 1, TAR_NAME - 3);
    entry->link[0] = 'b';
    entry->mode = (uint32_t)number(source, 2) & 07777;
    entry->uid = (int64_t)number(source, 1 + number(source, 1) % 4);
    entry->gid = (int64_t)number(source, 1 + number(source, 1) % 4);
    entry->mtime.tv_sec = (int64_t)number(source, 6) - ((int64_t)1 << 40);
    entry->mtime.tv_nsec = (long)(number(source, 4) % 1000000000);
    entry->major = (int64_t)number(source, 2) & 0xfff;
    entry->minor = (int64_t)number(source, 3) & 0xfffff;
    entry->size = entry->type == TAR_FILE ? number(source, 1 + number(source, 1) % 7) : 0;
    entry->sparse = entry->size > 0 && number(source, 1) % 3 == 0;
    for (uint64_t at = 0; entry->sparse && entry->piece_count < 4 && at < entry->size; entry->piece_count++) {
        uint64_t offset = at + number(source, 4) % (entry->size - at), size = number(source, 3) % (entry->size - offset + 1);
        pieces[entry->piece_count] = (struct tar_piece){offset, size};
        at = offset + size;
    }
    entry->pieces = pieces;
    entry->xattr_count = number(source, 1) % 4;
    for (size_t i = 0; i < entry->xattr_count; i++) {
        text(source, names[i] + 5, 250);
        memcpy(names[i], "user.", 5);
        for (char *at = names[i]; *at != '\0'; at++)
            if (*at == '=') *at = '-'; // what the format can't say
        size_t size = number(source, 2) % sizeof values[i];
        for (size_t at = 0; at < size; at++) values[i][at] = (uint8_t)number(source, 1);
        entry->xattrs[i] = (struct tar_xattr){names[i], values[i], size};
    }
}

static void compare(const struct tar_entry *one, const struct tar_entry *other) {
    bool link = one->type == TAR_LINK || one->type == TAR_SYMLINK, device = one->type == TAR_CHARACTER || one->type == TAR_BLOCK_DEVICE;
    size_t length = strlen(one->name);
    if (one->type != other->type || memcmp(one->name, other->name, length) != 0) abort();
    if (strcmp(other->name + length, one->type == TAR_DIRECTORY ? "/" : "") != 0) abort();
    if (link && strcmp(one->link, other->link) != 0) abort();
    if (one->mode != other->mode || one->uid != other->uid || one->gid != other->gid || one->size != other->size) abort();
    if (one->mtime.tv_sec != other->mtime.tv_sec || one->mtime.tv_nsec != other->mtime.tv_nsec) abort();
    if (device && (one->major != other->major || one->minor != other->minor)) abort();
    if (one->sparse != other->sparse || one->piece_count != other->piece_count || one->xattr_count != other->xattr_count) abort();
    for (size_t i = 0; i < one->piece_count; i++)
        if (one->pieces[i].offset != other->pieces[i].offset || one->pieces[i].size != other->pieces[i].size) abort();
    for (size_t i = 0; i < one->xattr_count; i++) {
        const struct tar_xattr *a = &one->xattrs[i], *b = &other->xattrs[i];
        if (strcmp(a->name, b->name) != 0 || a->size != b->size || memcmp(a->value, b->value, a->size) != 0) abort();
    }
}

static void take(const uint8_t *data, size_t size) {
    struct source source = {data, size};
    struct out out = {.next = no_more, .block = archive, .size = ARCHIVE_MAX};
    struct tar_writer writer = {.out = &out};
    struct tar_entry *entry = calloc(1, sizeof *entry);
    struct tar *tar = calloc(1, sizeof *tar);
    struct archive_bytes bytes = {.stream = {.more = archive_more}, .data = archive};
    struct error err = {0};
    make(&source, entry);
    if (tar_write_entry(&writer, entry, &err) < 0) abort();
    if (writer.data_left < ARCHIVE_MAX / 2 && tar_write_zeros(&writer, writer.data_left) < 0) abort();
    if (writer.data_left == 0 && tar_write_end(&writer) < 0) abort();
    bytes.size = out.used;
    bytes.stream.source = &bytes;
    tar->in = &bytes.stream;
    if (tar_next(tar, &err) != 1) abort();
    compare(entry, &tar->entry);
    if (writer.data_left == 0 && tar_next(tar, &err) != 0) abort();
    tar_free(tar);
    tar_write_free(&writer);
    free(tar);
    free(entry);
}

int main(int argc, char **argv) {
    archive = malloc(ARCHIVE_MAX);
    return fuzz_run(argc, argv, archive_words, sizeof archive_words / sizeof *archive_words, take);
}
