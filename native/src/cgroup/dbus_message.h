// D-Bus messages as bytes (D-Bus specification, "Message Protocol"): writing calls, reading whatever comes. No system call.
#ifndef SLIPWAY_DBUS_MESSAGE_H
#define SLIPWAY_DBUS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Longest message sent, and longest one taken. */
enum { DBUS_SEND_MAX = 8192, DBUS_TAKE_MAX = 256 << 10, DBUS_FIXED_HEADER = 16 };

enum dbus_type { DBUS_CALL = 1, DBUS_RETURN = 2, DBUS_ERROR = 3, DBUS_SIGNAL = 4 };

/** A message being written, little-endian. `failed`: it did not fit. */
struct dbus_writer {
    uint8_t data[DBUS_SEND_MAX];
    size_t size, body;
    bool failed;
};

struct dbus_call {
    const char *destination, *path, *interface, *member;
    const char *signature; // of the body, "" without one
};

void dbus_begin(struct dbus_writer *writer, const struct dbus_call *call, uint32_t serial);
/** Fills in the lengths. false: it did not fit. */
bool dbus_end(struct dbus_writer *writer);

void dbus_put_u32(struct dbus_writer *writer, uint32_t value);
void dbus_put_u64(struct dbus_writer *writer, uint64_t value);
/** Also an object path. */
void dbus_put_string(struct dbus_writer *writer, const char *text);
void dbus_put_signature(struct dbus_writer *writer, const char *text);
/** Begins a struct or dict entry: a boundary of eight bytes. */
void dbus_put_struct(struct dbus_writer *writer);
/** Begins an array of items with this alignment; its place is for {@link dbus_array_end}. */
size_t dbus_array_begin(struct dbus_writer *writer, size_t alignment);
void dbus_array_end(struct dbus_writer *writer, size_t place, size_t alignment);

/** Values of a body in their order; the first that does not fit the bytes makes all later ones fail. */
struct dbus_reader {
    const uint8_t *data;
    size_t size, at;
    bool big_endian, failed;
};

uint32_t dbus_get_u32(struct dbus_reader *reader);
/** A string or object path inside of the message, with its zero byte; "" once failed. */
const char *dbus_get_string(struct dbus_reader *reader);

/** A message that came. The texts lie in it; "" where the field is absent. */
struct dbus_message {
    enum dbus_type type;
    uint32_t reply_serial;
    const char *interface, *member, *error, *signature;
    struct dbus_reader body;
};

/** Size of the message whose first 16 bytes these are; 0 when they are none or it is longer than DBUS_TAKE_MAX. */
size_t dbus_size(const uint8_t header[DBUS_FIXED_HEADER]);

/** Reads a whole message. false when it is malformed. */
bool dbus_parse(const uint8_t *data, size_t size, struct dbus_message *out);

#endif
