// The frame table, mirror of runtime-server/protocol/frames.ts (a rules test compares the numbers), and the 8-byte header:
// type, three zero bytes, big-endian length. Knows no socket.
#ifndef SLIPWAY_FRAME_H
#define SLIPWAY_FRAME_H

#include <stdbool.h>
#include <stdint.h>

/** Longest payload either side accepts; a longer one ends the connection. */
#define FRAME_MAX (1u << 20)
#define FRAME_HEADER 8u
/** Longest payload of an Input frame. */
#define INPUT_MAX (1u << 16)

enum frame_type {
    FRAME_STDIN = 0x00,
    FRAME_STDOUT = 0x01,
    FRAME_STDERR = 0x02,
    FRAME_RESIZE = 0x10,
    FRAME_SIGNAL = 0x11,
    FRAME_EXIT = 0x12,
    FRAME_REQUEST = 0x20,
    FRAME_ATTACH = 0x21,
    FRAME_ATTACHED = 0x22,
    FRAME_NEED_ENV = 0x23,
    FRAME_ENV = 0x24,
    FRAME_NEED_INPUT = 0x25,
    FRAME_INPUT = 0x26,
    FRAME_HELLO = 0x30,
    FRAME_HELLO_OK = 0x31,
    FRAME_ERROR = 0x32,
    FRAME_RELEASE = 0x33,
};

enum hello_flags {
    HELLO_STDIN = 1,
    HELLO_OUTPUT = 2,
    HELLO_WATCH = 4,
};

static inline void put_u16be(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void put_u32be(uint8_t *at, uint32_t value) {
    put_u16be(at, (uint16_t)(value >> 16));
    put_u16be(at + 2, (uint16_t)value);
}

static inline uint16_t get_u16be(const uint8_t *at) {
    return (uint16_t)((uint16_t)at[0] << 8 | at[1]);
}

static inline uint32_t get_u32be(const uint8_t *at) {
    return (uint32_t)get_u16be(at) << 16 | get_u16be(at + 2);
}

/** Writes the header of a frame with `length` bytes of payload. */
static inline void frame_header(uint8_t header[FRAME_HEADER], enum frame_type type, uint32_t length) {
    header[0] = (uint8_t)type;
    header[1] = header[2] = header[3] = 0;
    put_u32be(header + 4, length);
}

/** Reads a header; false when it is not one (non-zero padding, length above FRAME_MAX): end the connection. */
static inline bool frame_parse(const uint8_t header[FRAME_HEADER], uint8_t *type, uint32_t *length) {
    *type = header[0];
    *length = get_u32be(header + 4);
    return (header[1] | header[2] | header[3]) == 0 && *length <= FRAME_MAX;
}

#endif
