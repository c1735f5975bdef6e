// Writing tar archives: ustar with pax headers for what does not fit. Knows no file system.
#include "layer/tar_write.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP "write archive"
#define NAME_FIELD 100u
#define PREFIX_FIELD 155u
#define OCTAL_8 07777777ll        // what fits into 7 digits and a zero byte
#define OCTAL_12 077777777777ll   // into 11
#define SPARSE_DIRECTORY "GNUSparseFile.0/"
#define PAX_DIRECTORY "PaxHeaders/"

/** What of an entry goes into the header block. */
struct fields {
    char type;
    const char *name;
    size_t name_size;
    size_t prefix_size; // the name's first part, with a slash behind it; 0: none
    const char *link;
    uint32_t mode;
    int64_t uid, gid, size, mtime, major, minor;
};

static void put_octal(uint8_t *field, size_t size, int64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%0*" PRIo64, (int)size - 1, (uint64_t)value);
    memcpy(field, text, size);
}

static int64_t if_fits(int64_t value, int64_t most) {
    return value >= 0 && value <= most ? value : 0;
}

static int put_block(struct tar_writer *writer, const struct fields *fields) {
    uint8_t block[TAR_BLOCK] = {0};
    size_t skipped = fields->prefix_size == 0 ? 0 : fields->prefix_size + 1, left = fields->name_size - skipped;
    unsigned sum = 0;
    memcpy(block, fields->name + skipped, left < NAME_FIELD ? left : NAME_FIELD);
    put_octal(block + 100, 8, fields->mode & 07777);
    put_octal(block + 108, 8, if_fits(fields->uid, OCTAL_8));
    put_octal(block + 116, 8, if_fits(fields->gid, OCTAL_8));
    put_octal(block + 124, 12, if_fits(fields->size, OCTAL_12));
    put_octal(block + 136, 12, if_fits(fields->mtime, OCTAL_12));
    block[156] = (uint8_t)fields->type;
    memcpy(block + 157, fields->link, strnlen(fields->link, NAME_FIELD));
    memcpy(block + 257, "ustar\00000", 8);
    put_octal(block + 329, 8, if_fits(fields->major, OCTAL_8));
    put_octal(block + 337, 8, if_fits(fields->minor, OCTAL_8));
    memcpy(block + 345, fields->name, fields->prefix_size);
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < sizeof block; i++) sum += block[i];
    put_octal(block + 148, 7, sum);
    return out_put(writer->out, block, sizeof block);
}

static int reserve(struct tar_writer *writer, size_t more, const char *name, struct error *err) {
    if (more > TAR_HEADER_MAX || writer->size + more > TAR_HEADER_MAX) {
        return layer_fail(err, LAYER_TOO_LARGE, STEP, name, "its attributes are longer than 1 MiB");
    }
    if (writer->size + more <= writer->room) return 0;
    size_t room = (writer->size + more) * 2;
    char *larger = realloc(writer->text, room);
    if (larger == NULL) return layer_errno(err, STEP, name);
    writer->text = larger;
    writer->room = room;
    return 0;
}

// `LENGTH KEY=VALUE\n`, where the length counts itself.
static int put_record(struct tar_writer *writer, const struct tar_entry *entry, const char *prefix, const char *key, const void *value, size_t size, struct error *err) {
    size_t rest = strlen(prefix) + strlen(key) + size + 3, length = rest + 1;
    char number[24];
    while (rest + (size_t)snprintf(number, sizeof number, "%zu", length) != length) length = rest + strlen(number);
    if (reserve(writer, length + 1, entry->name, err) < 0) return -1;
    int head = snprintf(writer->text + writer->size, length + 1, "%zu %s%s=", length, prefix, key);
    memcpy(writer->text + writer->size + head, value, size);
    writer->text[writer->size + length - 1] = '\n';
    writer->size += length;
    return 0;
}

static int put_text(struct tar_writer *writer, const struct tar_entry *entry, const char *key, const char *text, struct error *err) {
    return put_record(writer, entry, "", key, text, strlen(text), err);
}

static int put_number(struct tar_writer *writer, const struct tar_entry *entry, const char *key, int64_t value, int64_t most, struct error *err) {
    char text[24];
    if (if_fits(value, most) == value) return 0;
    snprintf(text, sizeof text, "%" PRId64, value);
    return put_text(writer, entry, key, text, err);
}

// Seconds and what follows them; before 1970 the fraction counts back from the second.
static int put_time(struct tar_writer *writer, const struct tar_entry *entry, struct error *err) {
    char text[40];
    int64_t seconds = entry->mtime.tv_sec;
    long fraction = entry->mtime.tv_nsec;
    if (fraction == 0 && if_fits(seconds, OCTAL_12) == seconds) return 0;
    bool negative = seconds < 0;
    if (negative && fraction > 0) {
        seconds++;
        fraction = 1000000000 - fraction;
    }
    uint64_t whole = negative ? 0 - (uint64_t)seconds : (uint64_t)seconds;
    int length = snprintf(text, sizeof text, "%s%" PRIu64 ".%09ld", negative ? "-" : "", whole, fraction);
    while (text[length - 1] == '0') text[--length] = '\0';
    if (text[length - 1] == '.') text[length - 1] = '\0';
    return put_text(writer, entry, "mtime", text, err);
}

// A name that fits neither the field nor field and prefix goes into the pax header.
static int split_name(struct fields *fields) {
    if (fields->name_size <= NAME_FIELD) return 0;
    if (fields->name_size > NAME_FIELD + PREFIX_FIELD + 1) return -1;
    for (size_t at = fields->name_size - NAME_FIELD - 1; at <= PREFIX_FIELD && at + 1 < fields->name_size; at++) {
        if (fields->name[at] != '/' || at == 0) continue;
        fields->prefix_size = at;
        return 0;
    }
    return -1;
}

static int put_records(struct tar_writer *writer, const struct tar_entry *entry, struct fields *fields, struct error *err) {
    writer->size = 0;
    if (split_name(fields) < 0 && put_record(writer, entry, "", "path", fields->name, fields->name_size, err) < 0) return -1;
    if (strlen(fields->link) > NAME_FIELD && put_text(writer, entry, "linkpath", fields->link, err) < 0) return -1;
    if (put_number(writer, entry, "size", fields->size, OCTAL_12, err) < 0 || put_number(writer, entry, "uid", fields->uid, OCTAL_8, err) < 0 ||
        put_number(writer, entry, "gid", fields->gid, OCTAL_8, err) < 0 || put_time(writer, entry, err) < 0) {
        return -1;
    }
    if (entry->sparse) {
        if (put_text(writer, entry, "GNU.sparse.major", "1", err) < 0 || put_text(writer, entry, "GNU.sparse.minor", "0", err) < 0 ||
            put_text(writer, entry, "GNU.sparse.name", entry->name, err) < 0 || put_number(writer, entry, "GNU.sparse.realsize", (int64_t)entry->size, -1, err) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < entry->xattr_count; i++) {
        const struct tar_xattr *xattr = &entry->xattrs[i];
        if (put_record(writer, entry, "SCHILY.xattr.", xattr->name, xattr->value, xattr->size, err) < 0) return -1;
    }
    return 0;
}

static const char *leaf_of(const char *name) {
    const char *slash = strrchr(name, '/');
    return slash == NULL ? name : slash + 1;
}

static int put_padding(struct tar_writer *writer, uint64_t size) {
    return out_zeros(writer->out, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

// The header block of the records themselves; a reader without pax makes a file of its name.
static int put_pax(struct tar_writer *writer, const char *name) {
    char text[NAME_FIELD];
    if (writer->size == 0) return 0;
    int length = snprintf(text, sizeof text, PAX_DIRECTORY "%s", leaf_of(name));
    struct fields fields = {.type = 'x', .name = text, .name_size = (size_t)length < sizeof text ? (size_t)length : sizeof text - 1, .link = "", .mode = 0644, .size = (int64_t)writer->size};
    if (put_block(writer, &fields) < 0) return -1;
    return out_put(writer->out, writer->text, writer->size) < 0 ? -1 : put_padding(writer, writer->size);
}

static int put_line(struct tar_writer *writer, const struct tar_entry *entry, uint64_t number, struct error *err) {
    if (reserve(writer, 24, entry->name, err) < 0) return -1;
    writer->size += (size_t)snprintf(writer->text + writer->size, 24, "%" PRIu64 "\n", number);
    return 0;
}

// Format 1.0: the map in decimal lines, in whole blocks in front of the data.
static int map_text(struct tar_writer *writer, const struct tar_entry *entry, struct error *err) {
    writer->size = 0;
    if (put_line(writer, entry, entry->piece_count, err) < 0) return -1;
    for (size_t i = 0; i < entry->piece_count; i++) {
        if (put_line(writer, entry, entry->pieces[i].offset, err) < 0 || put_line(writer, entry, entry->pieces[i].size, err) < 0) return -1;
    }
    return 0;
}

static uint64_t blocks(uint64_t size) {
    return (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

static char type_of(enum tar_type type) {
    static const char types[] = {
        [TAR_FILE] = '0', [TAR_LINK] = '1', [TAR_SYMLINK] = '2', [TAR_CHARACTER] = '3', [TAR_BLOCK_DEVICE] = '4', [TAR_DIRECTORY] = '5', [TAR_FIFO] = '6'};
    return types[type];
}

// A sparse file's own name is in its records: here is one that says to others what it is.
static void put_name(struct fields *fields, const struct tar_entry *entry, char name[TAR_NAME + 32]) {
    int length = entry->sparse ? snprintf(name, TAR_NAME + 32, SPARSE_DIRECTORY "%.80s", leaf_of(entry->name))
                               : snprintf(name, TAR_NAME + 32, "%s%s", entry->name, entry->type == TAR_DIRECTORY ? "/" : "");
    fields->name = name;
    fields->name_size = (size_t)length;
}

int tar_write_entry(struct tar_writer *writer, const struct tar_entry *entry, struct error *err) {
    char name[TAR_NAME + 32];
    uint64_t map = 0, data = entry->type == TAR_FILE ? entry->size : 0;
    if (entry->sparse) {
        if (map_text(writer, entry, err) < 0) return -1;
        map = blocks(writer->size);
        data = 0;
        for (size_t i = 0; i < entry->piece_count; i++) data += entry->pieces[i].size;
    }
    bool link = entry->type == TAR_LINK || entry->type == TAR_SYMLINK;
    bool device = entry->type == TAR_CHARACTER || entry->type == TAR_BLOCK_DEVICE;
    struct fields fields = {
        .type = type_of(entry->type), .link = link ? entry->link : "", .mode = entry->mode, .uid = entry->uid, .gid = entry->gid, .size = (int64_t)(map + data),
        .mtime = entry->mtime.tv_sec, .major = device ? entry->major : 0, .minor = device ? entry->minor : 0};
    put_name(&fields, entry, name);
    if (put_records(writer, entry, &fields, err) < 0 || put_pax(writer, entry->name) < 0 || put_block(writer, &fields) < 0) return -1;
    writer->data_left = data;
    writer->padding = (TAR_BLOCK - data % TAR_BLOCK) % TAR_BLOCK;
    if (!entry->sparse) return 0;
    if (map_text(writer, entry, err) < 0 || out_put(writer->out, writer->text, writer->size) < 0) return -1;
    return put_padding(writer, writer->size);
}

int tar_write_room(struct tar_writer *writer, uint8_t **at, size_t *room) {
    if (out_room(writer->out, at, room) < 0) return -1;
    if (*room > writer->data_left) *room = (size_t)writer->data_left;
    return 0;
}

static int data_added(struct tar_writer *writer, uint64_t size) {
    writer->data_left -= size;
    return writer->data_left > 0 ? 0 : out_zeros(writer->out, writer->padding);
}

int tar_write_add(struct tar_writer *writer, size_t size) {
    out_add(writer->out, size);
    return data_added(writer, size);
}

int tar_write_zeros(struct tar_writer *writer, uint64_t size) {
    return size == 0 ? 0 : out_zeros(writer->out, size) < 0 ? -1 : data_added(writer, size);
}

int tar_write_end(struct tar_writer *writer) {
    return out_zeros(writer->out, 2 * TAR_BLOCK);
}

void tar_write_free(struct tar_writer *writer) {
    free(writer->text);
    writer->text = NULL;
}
