// Reading one small JSON document left to right. Knows no document.
#include "client/scan.h"

#include <stdint.h>
#include <string.h>

#define SCAN_DEPTH 32

struct scan scan_start(const char *data, size_t size) {
    return (struct scan){.at = data, .end = data + size, .failed = false};
}

// The next byte that is not white space, 0 at the end or after a failure.
static char scan_peek(struct scan *scan) {
    if (scan->failed) return 0;
    while (scan->at < scan->end && memchr(" \t\r\n", *scan->at, 4) != NULL) scan->at++;
    return scan->at < scan->end ? *scan->at : 0;
}

static bool scan_eat(struct scan *scan, char want) {
    if (want == 0 || scan_peek(scan) != want) {
        scan->failed = true;
        return false;
    }
    scan->at++;
    return true;
}

void scan_open(struct scan *scan, char open) {
    scan_eat(scan, open);
}

bool scan_more(struct scan *scan, char close, bool *first) {
    if (scan_peek(scan) == close) {
        scan_eat(scan, close);
        return false;
    }
    if (!*first) scan_eat(scan, ',');
    *first = false;
    return !scan->failed;
}

// Four hexadecimal digits, or -1.
static long scan_hex(struct scan *scan) {
    long value = 0;
    if (scan->end - scan->at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        char lower = (char)(*scan->at | 0x20);
        const char *found = memchr(digits, *scan->at <= '9' ? *scan->at : lower, 16);
        if (found == NULL) return -1;
        value = value * 16 + (found - digits);
        scan->at++;
    }
    return value;
}

// The code point after `\u`, a surrogate pair as one; -1 when malformed or zero.
static long scan_escape(struct scan *scan) {
    long high = scan_hex(scan);
    if (high < 0xd800 || high > 0xdfff) return high == 0 ? -1 : high;
    if (high > 0xdbff || scan->end - scan->at < 6 || memcmp(scan->at, "\\u", 2) != 0) return -1;
    scan->at += 2;
    long low = scan_hex(scan);
    return low < 0xdc00 || low > 0xdfff ? -1 : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static size_t utf8_put(char out[4], long point) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, point >>= 6) out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)((0xf00 >> length & 0xff) | point);
    return length;
}

// One character of a string, decoded into `out`; 0 at the closing quote or on failure.
static size_t scan_character(struct scan *scan, char out[4]) {
    if (scan->at >= scan->end) return scan->failed = true, 0;
    char byte = *scan->at++;
    if (byte == '"') return 0;
    if ((uint8_t)byte < 0x20) return scan->failed = true, 0;
    if (byte != '\\') return out[0] = byte, 1;
    char kind = scan->at < scan->end ? *scan->at++ : 0;
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = kind == 0 ? NULL : memchr(from, kind, sizeof from - 1);
    if (found != NULL) return out[0] = to[found - from], 1;
    long point = kind == 'u' ? scan_escape(scan) : -1;
    if (point < 0) return scan->failed = true, 0;
    return utf8_put(out, point);
}

size_t scan_string(struct scan *scan, char *out, size_t room) {
    size_t used = 0, length;
    char form[4];
    out[0] = '\0';
    if (!scan_eat(scan, '"')) return 0;
    while ((length = scan_character(scan, form)) > 0) {
        if (length >= room - used) return scan->failed = true, 0;
        memcpy(out + used, form, length);
        used += length;
    }
    out[used] = '\0';
    return used;
}

void scan_key(struct scan *scan, char *out, size_t room) {
    scan_string(scan, out, room);
    scan_eat(scan, ':');
}

bool scan_bool(struct scan *scan) {
    bool value = scan_peek(scan) == 't';
    const char *word = value ? "true" : "false";
    size_t length = strlen(word);
    if (scan->failed || (size_t)(scan->end - scan->at) < length || memcmp(scan->at, word, length) != 0) {
        scan->failed = true;
        return false;
    }
    scan->at += length;
    return value;
}

// Passes over a string without keeping it.
static void scan_skip_string(struct scan *scan) {
    char form[4];
    if (!scan_eat(scan, '"')) return;
    while (scan_character(scan, form) > 0) continue;
}

// Passes over numbers, true, false and null: anything up to the next structural byte.
static void scan_skip_word(struct scan *scan) {
    const char *start = scan->at;
    while (scan->at < scan->end && memchr(" \t\r\n,]}:\"[{", *scan->at, 11) == NULL) scan->at++;
    if (scan->at == start) scan->failed = true;
}

static void scan_skip_deep(struct scan *scan, int depth);

static void scan_skip_members(struct scan *scan, char open, int depth) {
    bool first = true;
    scan_eat(scan, open);
    while (!scan->failed && scan_more(scan, open == '{' ? '}' : ']', &first)) {
        if (open == '{') {
            scan_skip_string(scan);
            scan_eat(scan, ':');
        }
        scan_skip_deep(scan, depth + 1);
    }
}

static void scan_skip_deep(struct scan *scan, int depth) {
    char next = scan_peek(scan);
    if (depth > SCAN_DEPTH) scan->failed = true;
    else if (next == '{' || next == '[') scan_skip_members(scan, next, depth);
    else if (next == '"') scan_skip_string(scan);
    else scan_skip_word(scan);
}

void scan_skip(struct scan *scan) {
    scan_skip_deep(scan, 0);
}
