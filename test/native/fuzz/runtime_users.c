// Fuzzes the search in an image's /etc/passwd and /etc/group, and the escaping of log lines: what is written is always a
// JSON string.
#include "mutate.h"

#include "common/json_text.h"
#include "runtime/user_db.h"

#include <json-c/json.h>

static void search(const uint8_t *data, size_t size) {
    struct text_span text = {(const char *)data, size};
    struct passwd_entry entry;
    gid_t groups[4], gid;
    const char *const wanted[] = {"root", "0", "user", "1000", "", ":"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct text_span name = {wanted[i], strlen(wanted[i])};
        if (user_db_passwd(text, name, &entry) && (entry.uid > 0x7fffffff || entry.gid > 0x7fffffff)) abort();
        if (user_db_group(text, name, &gid) && gid > 0x7fffffff) abort();
        if (user_db_groups_of(text, name, groups, 4) > 4) abort();
    }
}

// The list of groups is a person's, the file an image's: here one is the other.
static void search_list(const uint8_t *data, size_t size) {
    struct text_span text = {(const char *)data, size}, list = text, name = {"", 1};
    size_t before = size + 1;
    while (name.length > 0) {
        gid_t gid = 0;
        if (user_db_next_group(text, &list, &name, &gid) && gid > 0x7fffffff) abort();
        if (list.length >= before && name.length > 0) abort();
        before = list.length;
    }
}

static void take(const uint8_t *data, size_t size) {
    search(data, size);
    search_list(data, size);
    char *out = malloc(size * JSON_TEXT_FACTOR + 3);
    out[0] = '"';
    size_t used = 1 + json_text(out + 1, size * JSON_TEXT_FACTOR, data, size);
    out[used++] = '"';
    out[used] = '\0';
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *value = json_tokener_parse_ex(tokener, out, (int)used + 1);
    if (value == NULL) abort();
    json_object_put(value);
    json_tokener_free(tokener);
    free(out);
}

int main(int argc, char **argv) {
    static const char *const words[] = {"\n", ":", ",", "root:x:0:0:", "2147483648", "\xc3", "\xf4\x90", "\xed\xa0", "\x7f"};
    return fuzz_run(argc, argv, words, sizeof words / sizeof *words, take);
}
