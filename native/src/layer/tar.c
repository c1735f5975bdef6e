// Reading tar archives. Knows no file system.
#include "layer/tar.h"

#include "layer/tar_header.h"
#include "layer/tar_pax.h"
#include "layer/tar_sparse.h"

#include <stdlib.h>
#include <string.h>

#define STEP "read archive"

static int malformed(struct error *err, const char *path, const char *reason) {
    return layer_fail(err, LAYER_MALFORMED, STEP, path, "%s", reason);
}

static int truncated(struct error *err, const char *path) {
    return layer_fail(err, LAYER_TRUNCATED, STEP, path, "the archive ends in the middle");
}

// A whole block: 1, 0 when the archive ends before it, -1.
static int read_block(struct tar *tar, uint8_t block[TAR_BLOCK], struct error *err) {
    int64_t got = stream_read(tar->in, block, TAR_BLOCK);
    if (got < 0) return -1;
    if (got == 0) return 0;
    return got == TAR_BLOCK ? 1 : truncated(err, NULL);
}

// What is left of the entry before; the padding of the last one may be missing.
static int skip_rest(struct tar *tar, struct error *err) {
    int64_t skipped = stream_skip(tar->in, tar->data_left);
    if (skipped < 0) return -1;
    if ((uint64_t)skipped < tar->data_left) return truncated(err, tar->entry.name);
    if (stream_skip(tar->in, tar->padding) < 0) return -1;
    tar->data_left = tar->padding = 0;
    return 0;
}

static void set_data(struct tar *tar, uint64_t size) {
    tar->data_left = size;
    tar->padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

// The data of a header-like entry with a zero byte behind them; NULL with the error.
static char *read_text(struct tar *tar, uint64_t size, struct error *err) {
    if (size > TAR_HEADER_MAX) {
        malformed(err, NULL, "an extended header is longer than 1 MiB");
        return NULL;
    }
    char *text = malloc((size_t)size + 1);
    if (text == NULL) {
        layer_errno(err, STEP, NULL);
        return NULL;
    }
    int64_t got = stream_read(tar->in, text, (size_t)size);
    tar->data_left = 0;
    if (got < 0 || (uint64_t)got < size) {
        if (got >= 0) truncated(err, NULL);
        free(text);
        return NULL;
    }
    text[size] = '\0';
    return text;
}

// What comes before an entry and belongs to it.
struct prelude {
    struct tar_pax pax;
    bool has_name, has_link;
    char name[TAR_NAME], link[TAR_NAME]; // GNU long ones
};

static int read_long(struct tar *tar, uint64_t size, char out[TAR_NAME], bool *has, struct error *err) {
    char *text = read_text(tar, size, err);
    if (text == NULL) return -1;
    size_t length = strlen(text);
    if (length < TAR_NAME) memcpy(out, text, length + 1);
    free(text);
    *has = true;
    return length < TAR_NAME ? 0 : malformed(err, NULL, "a name is longer than 4095 bytes");
}

static int read_pax(struct tar *tar, uint64_t size, struct prelude *prelude, struct error *err) {
    const char *reason;
    char *text = read_text(tar, size, err);
    if (text == NULL) return -1;
    free(tar->pax);
    free(prelude->pax.pieces);
    prelude->pax = (struct tar_pax){0};
    tar->pax = text;
    return tar_pax_parse(text, (size_t)size, &prelude->pax, &reason) < 0 ? malformed(err, NULL, reason) : 0;
}

// An entry that is about the next one. 1 when it was such a one.
static int read_prelude(struct tar *tar, const struct tar_header *header, struct prelude *prelude, struct error *err) {
    uint64_t size = (uint64_t)header->size;
    int result;
    set_data(tar, size);
    switch (header->type) {
    case 'x': result = read_pax(tar, size, prelude, err); break;
    case 'L': result = read_long(tar, size, prelude->name, &prelude->has_name, err); break;
    case 'K': result = read_long(tar, size, prelude->link, &prelude->has_link, err); break;
    case 'g': // About the whole archive (git's commit id …): container engines ignore it.
        result = size > TAR_HEADER_MAX ? malformed(err, NULL, "an extended header is longer than 1 MiB") : 0;
        break;
    default: return 0;
    }
    if (result < 0) return -1;
    return skip_rest(tar, err) < 0 ? -1 : 1;
}

static int set_type(struct tar *tar, char flag, struct error *err) {
    struct tar_entry *entry = &tar->entry;
    size_t length = strlen(entry->name);
    switch (flag) {
    case '\0': // the old format marks directories by their name
        entry->type = length > 0 && entry->name[length - 1] == '/' ? TAR_DIRECTORY : TAR_FILE;
        return 0;
    case '0':
    case '7':
    case 'S': entry->type = TAR_FILE; return 0;
    case '1': entry->type = TAR_LINK; return 0;
    case '2': entry->type = TAR_SYMLINK; return 0;
    case '3': entry->type = TAR_CHARACTER; return 0;
    case '4': entry->type = TAR_BLOCK_DEVICE; return 0;
    case '5': entry->type = TAR_DIRECTORY; return 0;
    case '6': entry->type = TAR_FIFO; return 0;
    default: return malformed(err, entry->name, "an entry is of a type that is not supported");
    }
}

static int set_text(char out[TAR_NAME], const char *text, struct error *err) {
    size_t length = strlen(text);
    if (length >= TAR_NAME) return malformed(err, NULL, "a name is longer than 4095 bytes");
    memcpy(out, text, length + 1);
    return 0;
}

static int set_names(struct tar *tar, const struct tar_header *header, const struct prelude *prelude, struct error *err) {
    const struct tar_pax *pax = &prelude->pax;
    const char *name = pax->path != NULL ? pax->path : header->name, *link = pax->link != NULL ? pax->link : header->link;
    if (pax->sparse && pax->sparse_name != NULL) name = pax->sparse_name;
    if (prelude->has_name) name = prelude->name;
    if (prelude->has_link) link = prelude->link;
    return set_text(tar->entry.name, name, err) < 0 || set_text(tar->entry.link, link, err) < 0 ? -1 : 0;
}

static int set_entry(struct tar *tar, const struct tar_header *header, const struct prelude *prelude, struct error *err) {
    struct tar_entry *entry = &tar->entry;
    const struct tar_pax *pax = &prelude->pax;
    if (set_names(tar, header, prelude, err) < 0 || set_type(tar, header->type, err) < 0) return -1;
    entry->mode = (uint32_t)header->mode & 07777;
    entry->uid = pax->has_uid ? pax->uid : header->uid;
    entry->gid = pax->has_gid ? pax->gid : header->gid;
    entry->mtime = pax->has_mtime ? pax->mtime : (struct timespec){header->mtime, 0};
    entry->major = header->major;
    entry->minor = header->minor;
    entry->size = entry->type != TAR_FILE ? 0 : pax->has_size ? pax->size : (uint64_t)header->size;
    entry->xattr_count = pax->xattr_count;
    memcpy(entry->xattrs, pax->xattrs, pax->xattr_count * sizeof pax->xattrs[0]);
    entry->sparse = false;
    entry->piece_count = 0;
    entry->pieces = NULL;
    set_data(tar, entry->size);
    return 0;
}

// The end is two zero blocks, or the end of the bytes after an entry or one zero block.
static int read_end(struct tar *tar, struct error *err) {
    uint8_t block[TAR_BLOCK];
    int got = read_block(tar, block, err);
    if (got < 0) return -1;
    if (got > 0 && !tar_is_zero(block)) return malformed(err, NULL, "a zero block in the middle");
    tar->ended = true;
    return 0;
}

static int next_with(struct tar *tar, struct prelude *prelude, struct error *err) {
    uint8_t block[TAR_BLOCK];
    struct tar_header header;
    const char *reason;
    for (;;) {
        int got = read_block(tar, block, err);
        if (got < 0) return -1;
        if (got == 0) return tar->ended = true, 0;
        if (tar_is_zero(block)) return read_end(tar, err);
        if (tar_header_parse(block, &header, &reason) < 0) return malformed(err, NULL, reason);
        if (++tar->entries > TAR_ENTRIES_MAX) return layer_fail(err, LAYER_TOO_LARGE, STEP, NULL, "more than %u entries", TAR_ENTRIES_MAX);
        int result = read_prelude(tar, &header, prelude, err);
        if (result < 0) return -1;
        if (result == 0) break;
    }
    if (set_entry(tar, &header, prelude, err) < 0) return -1;
    return tar_sparse_read(tar, block, &header, &prelude->pax, err) < 0 ? -1 : 1;
}

int tar_next(struct tar *tar, struct error *err) {
    if (tar->ended) return 0;
    if (skip_rest(tar, err) < 0) return -1;
    tar_free(tar);
    struct prelude *prelude = calloc(1, sizeof *prelude);
    if (prelude == NULL) return layer_errno(err, STEP, NULL);
    int result = next_with(tar, prelude, err);
    free(prelude->pax.pieces);
    free(prelude);
    return result;
}

int tar_data(struct tar *tar, const uint8_t **data, size_t *size, struct error *err) {
    if (tar->data_left == 0) return 0;
    int more = stream_peek(tar->in);
    if (more < 0) return -1;
    if (more == 0) return truncated(err, tar->entry.name);
    *data = tar->in->at;
    *size = tar->in->left < tar->data_left ? tar->in->left : (size_t)tar->data_left;
    tar->in->at += *size;
    tar->in->left -= *size;
    tar->data_left -= *size;
    return 1;
}

void tar_free(struct tar *tar) {
    free(tar->pax);
    free(tar->pieces);
    tar->pax = NULL;
    tar->pieces = NULL;
}
