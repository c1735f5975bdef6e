// The JSON documents of the client's side of the talk. Knows no socket.
#include "client/request.h"

#include "client/scan.h"
#include "client/terminal.h"
#include "client/version.h"
#include "common/cleanup.h"

#include <string.h>

static void request_directory(struct text *text) {
    CLEAN_FREE char *cwd = getcwd(NULL, 0);
    // A deleted or unreachable directory has no name; nothing relative can be meant.
    text_add_json(text, cwd == NULL || cwd[0] != '/' ? "/" : cwd);
}

static void request_terminals(struct text *text) {
    struct terminal_size size = terminal_size();
    text_add(text, isatty(STDIN_FILENO) ? ",\"tty\":{\"stdin\":true" : ",\"tty\":{\"stdin\":false");
    text_add(text, isatty(STDOUT_FILENO) ? ",\"stdout\":true" : ",\"stdout\":false");
    text_add(text, isatty(STDERR_FILENO) ? ",\"stderr\":true}" : ",\"stderr\":false}");
    text_add(text, ",\"rows\":");
    text_add_number(text, size.rows);
    text_add(text, ",\"columns\":");
    text_add_number(text, size.columns);
}

void request_write(struct text *text, char *const *argv) {
    text_add(text, "{\"protocolVersion\":");
    text_add_number(text, PROTOCOL_VERSION);
    text_add(text, ",\"productVersion\":\"" PRODUCT_VERSION "\",\"argv\":[");
    for (size_t i = 0; argv[i] != NULL; i++) {
        if (i > 0) text_add(text, ",");
        text_add_json(text, argv[i]);
    }
    text_add(text, "],\"cwd\":");
    request_directory(text);
    request_terminals(text);
    text_add(text, "}");
}

void request_attached(struct text *text, const struct attach_end *end) {
    switch (end->how) {
    case ATTACH_EXIT:
        text_add(text, "{\"how\":\"exit\",\"code\":");
        text_add_number(text, end->code);
        break;
    case ATTACH_DETACH: text_add(text, "{\"how\":\"detach\""); break;
    case ATTACH_LOST:
        text_add(text, "{\"how\":\"lost\",\"reason\":");
        text_add_json(text, end->reason);
        break;
    }
    text_add(text, "}");
}

int request_env(struct text *text, const char *question, size_t size) {
    struct scan scan = scan_start(question, size);
    char name[256];
    bool first = true;
    scan_open(&scan, '[');
    text_add(text, "{");
    while (scan_more(&scan, ']', &first)) {
        bool comma = text->size > 1;
        scan_string(&scan, name, sizeof name);
        if (scan.failed) break;
        const char *value = getenv(name);
        if (comma) text_add(text, ",");
        text_add_json(text, name);
        text_add(text, ":");
        if (value == NULL) text_add(text, "null");
        else text_add_json(text, value);
    }
    text_add(text, "}");
    return scan.failed || text->failed ? -1 : 0;
}

int request_attach(struct attach *plan, const char *json, size_t size) {
    struct scan scan = scan_start(json, size);
    char key[32], keys[2 * DETACH_KEYS_MAX + 1] = "1011"; // Ctrl-P Ctrl-Q
    bool first = true;
    *plan = (struct attach){0};
    scan_open(&scan, '{');
    while (scan_more(&scan, '}', &first)) {
        scan_key(&scan, key, sizeof key);
        if (strcmp(key, "path") == 0) scan_string(&scan, plan->path, sizeof plan->path);
        else if (strcmp(key, "stdin") == 0) plan->stdin_open = scan_bool(&scan);
        else if (strcmp(key, "tty") == 0) plan->tty = scan_bool(&scan);
        else if (strcmp(key, "signalProxy") == 0) plan->signal_proxy = scan_bool(&scan);
        else if (strcmp(key, "detachKeys") == 0) scan_string(&scan, keys, sizeof keys);
        else scan_skip(&scan);
    }
    if (!detach_keys_parse(&plan->keys, keys)) return -1;
    return scan.failed || plan->path[0] != '/' ? -1 : 0;
}

int request_question(struct question *question, const char *json, size_t size) {
    struct scan scan = scan_start(json, size);
    char key[32];
    bool first = true;
    *question = (struct question){0};
    scan_open(&scan, '{');
    while (scan_more(&scan, '}', &first)) {
        scan_key(&scan, key, sizeof key);
        if (strcmp(key, "line") == 0) question->line = scan_bool(&scan);
        else if (strcmp(key, "secret") == 0) question->secret = scan_bool(&scan);
        else if (strcmp(key, "prompt") == 0) scan_string(&scan, question->prompt, sizeof question->prompt);
        else scan_skip(&scan);
    }
    return scan.failed ? -1 : 0;
}
