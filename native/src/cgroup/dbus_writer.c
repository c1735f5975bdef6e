// Writing D-Bus calls, little-endian, into a bounded message.
#include "dbus_message.h"

#include <string.h>

static void put(struct dbus_writer *writer, const void *data, size_t size) {
    if (writer->failed || size > sizeof writer->data - writer->size) {
        writer->failed = true;
        return;
    }
    memcpy(writer->data + writer->size, data, size);
    writer->size += size;
}

static void align(struct dbus_writer *writer, size_t alignment) {
    static const uint8_t zeros[8];
    put(writer, zeros, (alignment - writer->size % alignment) % alignment);
}

static void set_u32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> 8 * i);
}

void dbus_put_u32(struct dbus_writer *writer, uint32_t value) {
    uint8_t bytes[4];
    set_u32(bytes, value);
    align(writer, 4);
    put(writer, bytes, sizeof bytes);
}

void dbus_put_u64(struct dbus_writer *writer, uint64_t value) {
    align(writer, 8);
    dbus_put_u32(writer, (uint32_t)value);
    dbus_put_u32(writer, (uint32_t)(value >> 32));
}

void dbus_put_string(struct dbus_writer *writer, const char *text) {
    size_t length = strlen(text);
    if (length >= sizeof writer->data) writer->failed = true;
    dbus_put_u32(writer, (uint32_t)length);
    put(writer, text, length + 1);
}

void dbus_put_signature(struct dbus_writer *writer, const char *text) {
    uint8_t length = (uint8_t)strlen(text);
    put(writer, &length, 1);
    put(writer, text, (size_t)length + 1);
}

void dbus_put_struct(struct dbus_writer *writer) {
    align(writer, 8);
}

size_t dbus_array_begin(struct dbus_writer *writer, size_t alignment) {
    dbus_put_u32(writer, 0);
    size_t place = writer->size;
    align(writer, alignment);
    return place;
}

void dbus_array_end(struct dbus_writer *writer, size_t place, size_t alignment) {
    size_t first = (place + alignment - 1) / alignment * alignment; // the gap before the first item does not count
    if (!writer->failed) set_u32(writer->data + place - 4, (uint32_t)(writer->size - first));
}

static void put_field(struct dbus_writer *writer, uint8_t code, const char *type, const char *text) {
    dbus_put_struct(writer);
    put(writer, &code, 1);
    dbus_put_signature(writer, type);
    if (type[0] == 'g') dbus_put_signature(writer, text);
    else dbus_put_string(writer, text);
}

void dbus_begin(struct dbus_writer *writer, const struct dbus_call *call, uint32_t serial) {
    const uint8_t start[] = {'l', DBUS_CALL, 0, 1};
    writer->size = writer->body = 0;
    writer->failed = false;
    put(writer, start, sizeof start);
    dbus_put_u32(writer, 0); // length of the body
    dbus_put_u32(writer, serial);
    size_t fields = dbus_array_begin(writer, 8);
    put_field(writer, 1, "o", call->path);
    put_field(writer, 2, "s", call->interface);
    put_field(writer, 3, "s", call->member);
    put_field(writer, 6, "s", call->destination);
    if (call->signature[0] != '\0') put_field(writer, 8, "g", call->signature);
    dbus_array_end(writer, fields, 8);
    align(writer, 8);
    writer->body = writer->size;
}

bool dbus_end(struct dbus_writer *writer) {
    if (!writer->failed) set_u32(writer->data + 4, (uint32_t)(writer->size - writer->body));
    return !writer->failed;
}
