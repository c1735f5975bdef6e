// pax extended headers. Knows no stream.
#include "layer/tar_pax.h"

#include <stdlib.h>
#include <string.h>

#define XATTR "SCHILY.xattr."

bool tar_decimal(const char **at, const char *ends, uint64_t *value) {
    const char *digit = *at;
    uint64_t number = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        if (number > (INT64_MAX - 9) / 10) return false;
        number = number * 10 + (uint64_t)(*digit - '0');
    }
    if (digit == *at || strchr(ends, *digit) == NULL) return false;
    *value = number;
    *at = *digit == '\0' ? digit : digit + 1;
    return true;
}

static bool whole_number(const char *text, uint64_t *value) {
    return tar_decimal(&text, "", value);
}

static bool signed_number(const char *text, int64_t *value) {
    uint64_t number;
    if (!whole_number(text + (*text == '-'), &number)) return false;
    *value = *text == '-' ? -(int64_t)number : (int64_t)number;
    return true;
}

// Seconds with a fraction of any length; a negative time counts down to its fraction.
static bool time_value(const char *text, struct timespec *time) {
    bool negative = *text == '-';
    const char *at = text + negative;
    uint64_t seconds;
    long nanoseconds = 0, unit = 100000000;
    if (!tar_decimal(&at, ".", &seconds)) return false;
    for (; *at != '\0'; at++, unit /= 10) {
        if (*at < '0' || *at > '9') return false;
        nanoseconds += (*at - '0') * unit;
    }
    time->tv_sec = negative ? -(int64_t)seconds - (nanoseconds > 0) : (int64_t)seconds;
    time->tv_nsec = negative && nanoseconds > 0 ? 1000000000 - nanoseconds : nanoseconds;
    return true;
}

// Format 0.0 has one record for each offset and one for each length, in turn.
static bool sparse_number(struct tar_pax *pax, bool offset, const char *text) {
    uint64_t value;
    if (!whole_number(text, &value)) return false;
    if (!offset) {
        if (pax->piece_count == 0) return false;
        pax->pieces[pax->piece_count - 1].size = value;
        return true;
    }
    if (pax->piece_count == TAR_PIECES_MAX) return false;
    if ((pax->piece_count & (pax->piece_count - 1)) == 0) {
        size_t room = pax->piece_count == 0 ? 1 : pax->piece_count * 2;
        struct tar_piece *larger = realloc(pax->pieces, room * sizeof *larger);
        if (larger == NULL) return false;
        pax->pieces = larger;
    }
    pax->pieces[pax->piece_count++] = (struct tar_piece){value, 0};
    return true;
}

static bool sparse_record(struct tar_pax *pax, const char *key, const char *value) {
    uint64_t number = 0;
    pax->sparse = true;
    if (strcmp(key, "name") == 0) return pax->sparse_name = value, true;
    if (strcmp(key, "map") == 0) return pax->sparse_map = value, true;
    if (strcmp(key, "offset") == 0) return sparse_number(pax, true, value);
    if (strcmp(key, "numbytes") == 0) return sparse_number(pax, false, value);
    if (!whole_number(value, &number)) return false;
    if (strcmp(key, "size") == 0 || strcmp(key, "realsize") == 0) {
        pax->has_real_size = true;
        pax->real_size = number;
    } else if (strcmp(key, "major") == 0) {
        pax->sparse_major = number > 99 ? 99 : (int)number;
    } else if (strcmp(key, "minor") == 0) {
        pax->sparse_minor = number > 99 ? 99 : (int)number;
    }
    return true;
}

static bool xattr_record(struct tar_pax *pax, const char *name, const char *value, size_t size) {
    if (*name == '\0' || pax->xattr_count == TAR_XATTRS_MAX) return false;
    pax->xattrs[pax->xattr_count++] = (struct tar_xattr){name, value, size};
    return true;
}

// An empty value takes back what the header block said; nothing here needs that, so it is as if it were not there.
static bool pax_record(struct tar_pax *pax, const char *key, const char *value, size_t size) {
    if (strncmp(key, XATTR, sizeof XATTR - 1) == 0) return xattr_record(pax, key + sizeof XATTR - 1, value, size);
    if (size == 0) return true;
    bool sparse = strncmp(key, "GNU.sparse.", 11) == 0, path = strcmp(key, "path") == 0, link = strcmp(key, "linkpath") == 0;
    if ((path || link || sparse) && memchr(value, '\0', size) != NULL) return false;
    if (sparse) return sparse_record(pax, key + 11, value);
    if (path) pax->path = value;
    else if (link) pax->link = value;
    else if (strcmp(key, "size") == 0) return pax->has_size = whole_number(value, &pax->size);
    else if (strcmp(key, "uid") == 0) return pax->has_uid = signed_number(value, &pax->uid);
    else if (strcmp(key, "gid") == 0) return pax->has_gid = signed_number(value, &pax->gid);
    else if (strcmp(key, "mtime") == 0) return pax->has_mtime = time_value(value, &pax->mtime);
    return true;
}

int tar_pax_parse(char *text, size_t size, struct tar_pax *pax, const char **reason) {
    *reason = "a pax header is malformed";
    for (size_t at = 0; at < size;) {
        const char *number = text + at;
        uint64_t length;
        if (!tar_decimal(&number, " ", &length) || number > text + size || length > size - at) return -1;
        char *key = text + (number - text), *end = text + at + length - 1;
        if (length == 0 || end < key || *end != '\n') return -1;
        char *equals = memchr(key, '=', (size_t)(end - key));
        if (equals == NULL || equals == key || memchr(key, '\0', (size_t)(equals - key)) != NULL) return -1;
        *equals = *end = '\0';
        if (!pax_record(pax, key, equals + 1, (size_t)(end - equals - 1))) return -1;
        at += length;
    }
    return 0;
}
