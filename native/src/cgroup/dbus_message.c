// Reading D-Bus messages. Every length is checked against what is there.
#include "dbus_message.h"

#include <string.h>

enum { FIELD_INTERFACE = 2, FIELD_MEMBER = 3, FIELD_ERROR = 4, FIELD_REPLY = 5, FIELD_SIGNATURE = 8, MAX_FIELDS = 64 };

static void align(struct dbus_reader *reader, size_t alignment) {
    size_t to = (reader->at + alignment - 1) / alignment * alignment;
    if (to > reader->size) reader->failed = true;
    else reader->at = to;
}

static const uint8_t *take(struct dbus_reader *reader, size_t size) {
    if (reader->failed || size > reader->size - reader->at) return reader->failed = true, NULL;
    const uint8_t *at = reader->data + reader->at;
    reader->at += size;
    return at;
}

static uint32_t u32_at(const uint8_t *at, bool big_endian) {
    return big_endian ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
                      : (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

uint32_t dbus_get_u32(struct dbus_reader *reader) {
    align(reader, 4);
    const uint8_t *at = take(reader, 4);
    return at == NULL ? 0 : u32_at(at, reader->big_endian);
}

static const char *take_text(struct dbus_reader *reader, size_t length) {
    const uint8_t *at = length >= DBUS_TAKE_MAX ? NULL : take(reader, length + 1);
    if (at == NULL || memchr(at, 0, length + 1) != at + length) return reader->failed = true, "";
    return (const char *)at;
}

const char *dbus_get_string(struct dbus_reader *reader) {
    uint32_t length = dbus_get_u32(reader);
    return reader->failed ? "" : take_text(reader, length);
}

static const char *get_signature(struct dbus_reader *reader) {
    const uint8_t *length = take(reader, 1);
    return length == NULL ? "" : take_text(reader, *length);
}

static size_t padded(uint64_t size) {
    return (size_t)((size + 7) / 8 * 8);
}

// The lengths of header and body; both are 32 bits wide, their sum is not.
static uint64_t whole_size(const uint8_t *header, bool big_endian) {
    uint64_t body = u32_at(header + 4, big_endian), fields = u32_at(header + 12, big_endian);
    return (uint64_t)padded(DBUS_FIXED_HEADER + fields) + body;
}

size_t dbus_size(const uint8_t header[DBUS_FIXED_HEADER]) {
    bool big_endian = header[0] == 'B';
    if ((!big_endian && header[0] != 'l') || header[3] != 1) return 0;
    uint64_t size = whole_size(header, big_endian);
    return size > DBUS_TAKE_MAX ? 0 : (size_t)size;
}

// One field of the header: a code and a variant of one of four types.
static void parse_field(struct dbus_reader *reader, struct dbus_message *out) {
    align(reader, 8);
    const uint8_t *code = take(reader, 1);
    const char *type = get_signature(reader), *text = "";
    uint32_t number = 0;
    if (code == NULL || reader->failed) return;
    if (strcmp(type, "s") == 0 || strcmp(type, "o") == 0) text = dbus_get_string(reader);
    else if (strcmp(type, "g") == 0) text = get_signature(reader);
    else if (strcmp(type, "u") == 0) number = dbus_get_u32(reader);
    else reader->failed = true;
    if (*code == FIELD_INTERFACE) out->interface = text;
    if (*code == FIELD_MEMBER) out->member = text;
    if (*code == FIELD_ERROR) out->error = text;
    if (*code == FIELD_SIGNATURE) out->signature = text;
    if (*code == FIELD_REPLY) out->reply_serial = number;
}

bool dbus_parse(const uint8_t *data, size_t size, struct dbus_message *out) {
    *out = (struct dbus_message){.interface = "", .member = "", .error = "", .signature = ""};
    if (size < DBUS_FIXED_HEADER || dbus_size(data) != size) return false;
    bool big_endian = data[0] == 'B';
    size_t fields = u32_at(data + 12, big_endian), body = padded(DBUS_FIXED_HEADER + (uint64_t)fields);
    struct dbus_reader header = {.data = data, .size = DBUS_FIXED_HEADER + fields, .at = DBUS_FIXED_HEADER, .big_endian = big_endian};
    for (int count = 0; header.at < header.size && !header.failed; count++) {
        if (count == MAX_FIELDS) return false;
        parse_field(&header, out);
    }
    out->type = (enum dbus_type)data[1];
    out->body = (struct dbus_reader){.data = data + body, .size = size - body, .big_endian = big_endian};
    return !header.failed && data[1] >= DBUS_CALL;
}
