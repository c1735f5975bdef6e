// The maps of sparse files. Knows no file system.
#include "layer/tar_sparse.h"

#include <stdlib.h>
#include <string.h>

static int malformed(const struct tar *tar, struct error *err) {
    return layer_fail(err, LAYER_MALFORMED, "read archive", tar->entry.name, "the map of a sparse file is malformed");
}

// Adds a piece to the present entry, which owns the list.
static int add_piece(struct tar *tar, struct tar_piece piece, struct error *err) {
    struct tar_entry *entry = &tar->entry;
    size_t count = entry->piece_count;
    if (count == TAR_PIECES_MAX) return malformed(tar, err);
    if (count % 1024 == 0) {
        struct tar_piece *larger = realloc(tar->pieces, (count + 1024) * sizeof *larger);
        if (larger == NULL) return layer_errno(err, "read archive", entry->name);
        tar->pieces = larger;
    }
    tar->pieces[entry->piece_count++] = piece;
    return 0;
}

static int check_map(struct tar *tar, struct error *err) {
    uint64_t end = 0, data = 0;
    for (size_t i = 0; i < tar->entry.piece_count; i++) {
        struct tar_piece piece = tar->pieces[i];
        if (piece.offset < end || piece.size > tar->entry.size || piece.offset > tar->entry.size - piece.size) return malformed(tar, err);
        end = piece.offset + piece.size;
        data += piece.size;
    }
    return data == tar->data_left ? 0 : malformed(tar, err);
}

// Four pieces in the header, then blocks of 21 while each says that another follows.
static int read_old(struct tar *tar, const uint8_t header_block[TAR_BLOCK], const struct tar_header *header, struct error *err) {
    uint8_t block[TAR_BLOCK];
    bool more = header->extended;
    struct tar_piece piece;
    memcpy(block, header_block, TAR_BLOCK);
    for (size_t at = 386, count = TAR_SPARSE_IN_HEADER;; at = 0, count = TAR_SPARSE_IN_BLOCK) {
        int result = 1;
        for (size_t i = 0; i < count && (result = tar_sparse_piece(block, at, i, &piece)) > 0; i++)
            if (add_piece(tar, piece, err) < 0) return -1;
        if (result < 0) return malformed(tar, err);
        if (!more) return 0;
        int64_t got = stream_read(tar->in, block, TAR_BLOCK);
        if (got < 0) return -1;
        if (got < TAR_BLOCK) return layer_fail(err, LAYER_TRUNCATED, "read archive", tar->entry.name, "the archive ends in the middle");
        more = block[504] != 0;
    }
}

// Format 0.1: `offset,size,offset,size` in one record.
static int read_list(struct tar *tar, const char *map, struct error *err) {
    struct tar_piece piece;
    while (*map != '\0') {
        if (!tar_decimal(&map, ",", &piece.offset) || !tar_decimal(&map, ",", &piece.size)) return malformed(tar, err);
        if (add_piece(tar, piece, err) < 0) return -1;
    }
    return 0;
}

// Format 1.0: decimal lines at the start of the data, in whole blocks.
struct lines {
    struct tar *tar;
    char text[TAR_BLOCK * 2 + 1]; // the rest of one block and a whole one
    const char *at;
    size_t left;
};

static int next_line(struct lines *lines, uint64_t *value, struct error *err) {
    struct tar *tar = lines->tar;
    while (memchr(lines->at, '\n', lines->left) == NULL) {
        if (lines->left >= TAR_BLOCK || tar->data_left < TAR_BLOCK) return malformed(tar, err);
        memmove(lines->text, lines->at, lines->left);
        int64_t got = stream_read(tar->in, lines->text + lines->left, TAR_BLOCK);
        if (got < 0) return -1;
        if (got < TAR_BLOCK) return layer_fail(err, LAYER_TRUNCATED, "read archive", tar->entry.name, "the archive ends in the middle");
        tar->data_left -= TAR_BLOCK;
        lines->at = lines->text;
        lines->left += TAR_BLOCK;
        lines->text[lines->left] = '\0';
    }
    const char *start = lines->at;
    if (!tar_decimal(&lines->at, "\n", value) || lines->at == start) return malformed(tar, err);
    lines->left -= (size_t)(lines->at - start);
    return 0;
}

static int read_lines(struct tar *tar, struct error *err) {
    struct lines lines = {.tar = tar};
    uint64_t count;
    struct tar_piece piece;
    lines.at = lines.text;
    if (next_line(&lines, &count, err) < 0) return -1;
    for (; count > 0; count--) {
        if (next_line(&lines, &piece.offset, err) < 0 || next_line(&lines, &piece.size, err) < 0) return -1;
        if (add_piece(tar, piece, err) < 0) return -1;
    }
    return 0;
}

static int read_pax_map(struct tar *tar, const struct tar_pax *pax, struct error *err) {
    if (pax->sparse_major == 1 && pax->sparse_minor == 0) return read_lines(tar, err);
    if (pax->sparse_major != 0) return malformed(tar, err);
    if (pax->sparse_map != NULL) return read_list(tar, pax->sparse_map, err);
    for (size_t i = 0; i < pax->piece_count; i++)
        if (add_piece(tar, pax->pieces[i], err) < 0) return -1;
    return 0;
}

int tar_sparse_read(struct tar *tar, const uint8_t block[TAR_BLOCK], const struct tar_header *header, struct tar_pax *pax, struct error *err) {
    struct tar_entry *entry = &tar->entry;
    bool old = header->type == 'S';
    if (entry->type != TAR_FILE || (!old && !pax->sparse)) return 0;
    if (!old && !pax->has_real_size) return malformed(tar, err);
    entry->size = old ? (uint64_t)header->real_size : pax->real_size;
    entry->sparse = true;
    int result = old ? read_old(tar, block, header, err) : read_pax_map(tar, pax, err);
    if (result < 0 || check_map(tar, err) < 0) return -1;
    entry->pieces = tar->pieces;
    return 0;
}
