// Line by line, field by field, over text that may be anything.
#include "user_db.h"

#include <string.h>

enum { PASSWD_FIELDS = 7, GROUP_FIELDS = 4, MAX_FIELDS = 8 };

bool text_equal(struct text_span a, struct text_span b) {
    return a.length == b.length && memcmp(a.start, b.start, a.length) == 0;
}

// Cuts off and returns what stands before `separator` (or everything); the rest stays in `text`.
static struct text_span take_until(struct text_span *text, char separator) {
    const char *at = text->length == 0 ? NULL : memchr(text->start, separator, text->length);
    struct text_span piece = {text->start, at == NULL ? text->length : (size_t)(at - text->start)};
    size_t used = at == NULL ? piece.length : piece.length + 1;
    text->start += used;
    text->length -= used;
    return piece;
}

// The colon-separated fields of the next line; how many there are, 0 for a line of no use.
static size_t next_line(struct text_span *text, struct text_span fields[MAX_FIELDS], size_t wanted) {
    struct text_span line = take_until(text, '\n');
    size_t count = 0;
    if (line.length == 0 || line.start[0] == '#') return 0;
    while (count < MAX_FIELDS && line.length > 0) fields[count++] = take_until(&line, ':');
    // The last fields may be empty, and then nothing stood behind the last colon.
    for (size_t i = count; i < wanted && i < MAX_FIELDS; i++) fields[i] = (struct text_span){line.start, 0};
    return count >= 3 ? count : 0;
}

bool user_db_id(struct text_span text, unsigned int *id) {
    unsigned long value = 0;
    if (text.length == 0 || text.length > 10) return false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.start[i] < '0' || text.start[i] > '9') return false;
        value = value * 10 + (unsigned long)(text.start[i] - '0');
    }
    if (value > 0x7fffffff) return false;
    *id = (unsigned int)value;
    return true;
}

bool user_db_passwd(struct text_span text, struct text_span wanted, struct passwd_entry *entry) {
    struct text_span fields[MAX_FIELDS];
    unsigned int wanted_id = 0;
    bool numeric = user_db_id(wanted, &wanted_id), found = false;
    while (text.length > 0) {
        unsigned int uid = 0, gid = 0;
        if (next_line(&text, fields, PASSWD_FIELDS) == 0) continue;
        if (!user_db_id(fields[2], &uid) || !user_db_id(fields[3], &gid)) continue;
        bool by_name = text_equal(fields[0], wanted);
        if (!by_name && (found || !numeric || uid != wanted_id)) continue;
        *entry = (struct passwd_entry){.name = fields[0], .home = fields[5], .uid = uid, .gid = gid};
        if (by_name) return true;
        found = true;
    }
    return found;
}

bool user_db_group(struct text_span text, struct text_span wanted, gid_t *gid) {
    struct text_span fields[MAX_FIELDS];
    unsigned int wanted_id = 0;
    bool numeric = user_db_id(wanted, &wanted_id), found = false;
    while (text.length > 0) {
        unsigned int id = 0;
        if (next_line(&text, fields, GROUP_FIELDS) == 0 || !user_db_id(fields[2], &id)) continue;
        bool by_name = text_equal(fields[0], wanted);
        if (!by_name && (found || !numeric || id != wanted_id)) continue;
        *gid = id;
        if (by_name) return true;
        found = true;
    }
    return found;
}

static bool lists(struct text_span members, struct text_span member) {
    while (members.length > 0)
        if (text_equal(take_until(&members, ','), member)) return true;
    return false;
}

size_t user_db_groups_of(struct text_span text, struct text_span member, gid_t *groups, size_t max) {
    struct text_span fields[MAX_FIELDS];
    size_t count = 0;
    while (text.length > 0 && count < max) {
        unsigned int id = 0;
        if (next_line(&text, fields, GROUP_FIELDS) == 0 || !user_db_id(fields[2], &id)) continue;
        if (lists(fields[3], member)) groups[count++] = id;
    }
    return count;
}

bool user_db_next_group(struct text_span text, struct text_span *list, struct text_span *name, gid_t *gid) {
    unsigned int id = 0;
    *name = (struct text_span){list->start, 0};
    while (name->length == 0 && list->length > 0) *name = take_until(list, ',');
    if (name->length == 0) return false;
    if (user_db_group(text, *name, gid)) return true;
    if (!user_db_id(*name, &id)) return false;
    *gid = id;
    return true;
}
