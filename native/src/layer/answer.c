// The JSON lines on standard output. Knows no layer.
#include "layer/answer.h"

#include "common/cleanup.h"
#include "common/json_text.h"

#include <stdio.h>
#include <string.h>

static void put_json(const char *text) {
    size_t room = strlen(text) * JSON_TEXT_FACTOR + 3;
    CLEAN_FREE char *quoted = malloc(room);
    if (quoted == NULL) {
        fputs("\"\"", stdout);
        return;
    }
    json_quote(quoted, room, text);
    fputs(quoted, stdout);
}

static void put_names(const char *member, const struct names *names) {
    const char *comma = "";
    printf(",\"%s\":[", member);
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names_at(names, i);
        if (name == NULL) continue;
        fputs(comma, stdout);
        put_json(name);
        comma = ",";
    }
    fputs("]", stdout);
}

int answer_unpacked(const struct unpacked *unpacked) {
    printf("{\"status\":\"ok\",\"digest\":\"%s\",\"size\":%llu,\"diffId\":\"%s\",\"diffSize\":%llu,\"entries\":%llu,\"bytes\":%llu,\"compression\":\"%s\"",
           unpacked->digest, (unsigned long long)unpacked->size, unpacked->diff_id, (unsigned long long)unpacked->diff_size,
           (unsigned long long)unpacked->entries, (unsigned long long)unpacked->bytes, unpacked->compression);
    put_names("implied", &unpacked->implied);
    puts("}");
    return fflush(stdout) == 0 ? 0 : -1;
}

int answer_packed(const struct packed *packed) {
    printf("{\"status\":\"ok\",\"digest\":\"%s\",\"size\":%llu,\"diffId\":\"%s\",\"diffSize\":%llu,\"entries\":%llu,\"bytes\":%llu", packed->digest,
           (unsigned long long)packed->size, packed->diff_id, (unsigned long long)packed->diff_size, (unsigned long long)packed->entries,
           (unsigned long long)packed->bytes);
    put_names("skipped", &packed->skipped);
    puts("}");
    return fflush(stdout) == 0 ? 0 : -1;
}

int answer_change(enum diff_kind kind, const char *path) {
    printf("{\"kind\":\"%c\",\"path\":", (int)kind);
    put_json(path);
    return puts("}") < 0 || ferror(stdout) ? -1 : 0;
}

int answer_compared(uint64_t changes) {
    printf("{\"status\":\"ok\",\"changes\":%llu}\n", (unsigned long long)changes);
    return fflush(stdout) == 0 ? 0 : -1;
}

int answer_synced(void) {
    puts("{\"status\":\"ok\"}");
    return fflush(stdout) == 0 ? 0 : -1;
}

int answer_copied(const struct copied *copied) {
    printf("{\"status\":\"ok\",\"entries\":%llu,\"bytes\":%llu}\n", (unsigned long long)copied->entries, (unsigned long long)copied->bytes);
    return fflush(stdout) == 0 ? 0 : -1;
}

int answer_same(const struct comparison *comparison) {
    fputs("{\"status\":\"ok\"", stdout);
    if (comparison->same) {
        fputs(",\"same\":true", stdout);
    } else {
        fputs(",\"same\":false,\"path\":", stdout);
        put_json(comparison->path);
        printf(",\"what\":\"%s\"", comparison->what);
    }
    puts("}");
    return fflush(stdout) == 0 ? 0 : -1;
}

int answer_error(const struct error *err) {
    printf("{\"status\":\"error\",\"code\":\"%s\",\"step\":", layer_code_name(err->code));
    put_json(err->step);
    fputs(",\"path\":", stdout);
    put_json(err->path);
    printf(",\"errno\":%d,\"message\":", err->errnum);
    put_json(err->message);
    puts("}");
    return fflush(stdout) == 0 ? 0 : -1;
}
