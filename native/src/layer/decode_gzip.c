// gzip (RFC 1952) with any number of members, by ISA-L, which checks each member's CRC and length.
#include "layer/decode.h"

#include "common/cleanup.h"

#include <isa-l/igzip_lib.h>
#include <string.h>

static int gzip_failed(struct decode *decode, int result) {
    const char *reason = "not a valid gzip stream";
    if (result == ISAL_INCORRECT_CHECKSUM) reason = "the checksum of a gzip member is wrong";
    else if (result == ISAL_INVALID_WRAPPER || result == ISAL_UNSUPPORTED_METHOD) reason = "not a gzip member's header";
    return layer_fail(&decode->err, LAYER_MALFORMED, "decompress", NULL, "%s", reason);
}

struct gzip {
    struct decode *decode;
    struct inflate_state state;
    bool inside; // of a member
};

// Makes sure of input. 1, 0 at the end, -1 when the source failed.
static int gzip_input(struct gzip *gzip) {
    if (gzip->state.avail_in > 0) return 1;
    int more = decode_more(gzip->decode);
    gzip->state.next_in = (uint8_t *)(uintptr_t)gzip->decode->data;
    gzip->state.avail_in = (uint32_t)gzip->decode->data_size;
    return more;
}

static void gzip_member(struct gzip *gzip) {
    if (gzip->inside) return;
    isal_inflate_reset(&gzip->state);
    gzip->state.crc_flag = ISAL_GZIP;
    gzip->inside = true;
}

// Fills one block of output. 1 when there is more to come, 0 at the end, -1 on failure; `*filled` bytes are in the block.
static int gzip_block(struct gzip *gzip, uint8_t *block, size_t room, size_t *filled) {
    struct inflate_state *state = &gzip->state;
    state->next_out = block;
    state->avail_out = (uint32_t)room;
    int more = 1;
    while (state->avail_out > 0) {
        // What is inside a member may still have output to give without more input.
        if (!gzip->inside || state->avail_in == 0) more = gzip_input(gzip);
        if (more < 0 || (more == 0 && !gzip->inside)) break;
        gzip_member(gzip);
        uint32_t in = state->avail_in, out = state->avail_out;
        int result = isal_inflate(state);
        if (result < 0) return gzip_failed(gzip->decode, result);
        if (result == ISAL_NEED_DICT) return gzip_failed(gzip->decode, ISAL_INVALID_WRAPPER);
        if (state->block_state == ISAL_BLOCK_FINISH) gzip->inside = false;
        else if (more == 0 && in == state->avail_in && out == state->avail_out) {
            return layer_fail(&gzip->decode->err, LAYER_TRUNCATED, "decompress", NULL, "the gzip stream ends in the middle");
        }
    }
    *filled = room - state->avail_out;
    return more == 0 && gzip->inside ? 1 : more;
}

int decode_gzip(struct decode *decode) {
    CLEAN_FREE struct gzip *gzip = malloc(sizeof *gzip);
    if (gzip == NULL) return layer_errno(&decode->err, "decompress", NULL);
    gzip->decode = decode;
    gzip->inside = false;
    isal_inflate_init(&gzip->state);
    gzip->state.next_in = (uint8_t *)(uintptr_t)decode->data;
    gzip->state.avail_in = (uint32_t)decode->data_size;
    for (int more = 1; more > 0;) {
        size_t filled = 0;
        uint8_t *block = decode_claim(decode);
        if (block == NULL) return -1;
        more = gzip_block(gzip, block, decode->out->slot_size, &filled);
        if (more < 0 || decode_publish(decode, filled) < 0) return -1;
    }
    return 0;
}
