// One 512-byte tar header block. Knows no stream.
#include "layer/tar_header.h"

#include <string.h>

bool tar_is_zero(const uint8_t block[TAR_BLOCK]) {
    uint64_t all = 0, word;
    for (size_t i = 0; i < TAR_BLOCK; i += sizeof word) {
        memcpy(&word, block + i, sizeof word);
        all |= word;
    }
    return all == 0;
}

// Big-endian two's complement of all bits but the first.
static bool base256(const uint8_t *field, size_t size, int64_t *value) {
    bool negative = (field[0] & 0x40) != 0;
    uint64_t number = negative ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = i == 0 ? (uint8_t)((field[0] & 0x7f) | (negative ? 0x80 : 0)) : field[i];
        // The byte that is shifted out must be sign only.
        if (i >= sizeof number && number >> 56 != (negative ? 0xffu : 0u)) return false;
        number = number << 8 | byte;
    }
    *value = (int64_t)number;
    return (*value < 0) == negative;
}

bool tar_number(const uint8_t *field, size_t size, int64_t *value) {
    if ((field[0] & 0x80) != 0) return base256(field, size, value);
    size_t start = 0, end = size;
    uint64_t number = 0;
    while (start < end && (field[start] == ' ' || field[start] == 0)) start++;
    while (end > start && (field[end - 1] == ' ' || field[end - 1] == 0)) end--;
    for (size_t i = start; i < end; i++) {
        if (field[i] < '0' || field[i] > '7' || number >> 60 != 0) return false;
        number = number << 3 | (uint64_t)(field[i] - '0');
    }
    *value = (int64_t)number;
    return true;
}

// Old writers summed signed characters.
static bool checksum_is_right(const uint8_t block[TAR_BLOCK]) {
    int64_t stored, unsigned_sum = 0, signed_sum = 0;
    if (!tar_number(block + 148, 8, &stored)) return false;
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        uint8_t byte = i >= 148 && i < 156 ? ' ' : block[i];
        unsigned_sum += byte;
        signed_sum += (int8_t)byte;
    }
    return stored == unsigned_sum || stored == signed_sum;
}

static void copy_field(char *out, const uint8_t *field, size_t size) {
    size_t length = strnlen((const char *)field, size);
    memcpy(out, field, length);
    out[length] = '\0';
}

// Prefix and name: POSIX has 155 bytes of prefix, star 131, GNU and the old format none.
static void join_name(const uint8_t block[TAR_BLOCK], char name[TAR_BLOCK]) {
    bool posix = memcmp(block + 257, "ustar\0", 6) == 0;
    bool star = posix && memcmp(block + 508, "tar\0", 4) == 0;
    size_t length = posix ? strnlen((const char *)block + 345, star ? 131 : 155) : 0;
    memcpy(name, block + 345, length);
    if (length > 0) name[length++] = '/';
    copy_field(name + length, block, 100);
}

int tar_header_parse(const uint8_t block[TAR_BLOCK], struct tar_header *header, const char **reason) {
    *header = (struct tar_header){.type = (char)block[156]};
    *reason = "the checksum of a header is wrong";
    if (!checksum_is_right(block)) return -1;
    bool with_devices = memcmp(block + 257, "ustar", 5) == 0, gnu = memcmp(block + 257, "ustar  \0", 8) == 0;
    *reason = "a number in a header is malformed";
    if (!tar_number(block + 100, 8, &header->mode) || !tar_number(block + 108, 8, &header->uid) || !tar_number(block + 116, 8, &header->gid) ||
        !tar_number(block + 124, 12, &header->size) || !tar_number(block + 136, 12, &header->mtime)) {
        return -1;
    }
    if (with_devices && (!tar_number(block + 329, 8, &header->major) || !tar_number(block + 337, 8, &header->minor))) return -1;
    if (header->type == 'S') {
        *reason = "a sparse file's header is malformed";
        if (!gnu || !tar_number(block + 483, 12, &header->real_size)) return -1;
        header->extended = block[482] != 0;
    }
    *reason = "a size is negative";
    if (header->size < 0 || header->real_size < 0) return -1;
    join_name(block, header->name);
    copy_field(header->link, block + 157, 100);
    return 0;
}

int tar_sparse_piece(const uint8_t block[TAR_BLOCK], size_t at, size_t index, struct tar_piece *piece) {
    const uint8_t *field = block + at + index * 24;
    int64_t offset, size;
    if (field[0] == 0 || field[12] == 0) return 0;
    if (!tar_number(field, 12, &offset) || !tar_number(field + 12, 12, &size) || offset < 0 || size < 0) return -1;
    *piece = (struct tar_piece){(uint64_t)offset, (uint64_t)size};
    return 1;
}
