// Fuzzes what the server may send to the thin client: frames, and the JSON documents in them.
#include "mutate.h"

#include "client/connection.h"
#include "client/id_map.h"
#include "client/request.h"

#include <sys/socket.h>

static void documents(const char *data, size_t size) {
    struct text answer = {0};
    struct attach *plan = malloc(sizeof *plan);
    struct question *question = malloc(sizeof *question);
    if (request_env(&answer, data, size) == 0 && (answer.size < 2 || answer.data[answer.size - 1] != '}')) abort();
    if (request_attach(plan, data, size) == 0 && plan->path[0] != '/') abort();
    if (request_question(question, data, size) == 0 && memchr(question->prompt, '\0', sizeof question->prompt) == NULL) abort();
    text_free(&answer);
    free(question);
    free(plan);
}

static void ranges(const uint8_t *data, size_t size) {
    struct id_ranges list = {0};
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    id_ranges_parse(&list, text, "user", 1000);
    for (size_t i = 0; i < list.size; i++)
        if (list.list[i].count == 0 || list.list[i].start + list.list[i].count > 4294967294ul) abort();
    free(text);
}

static void take(const uint8_t *data, size_t size) {
    static struct reader reader;
    int pair[2];
    struct piece piece;
    documents((const char *)data, size);
    ranges(data, size);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) abort();
    if (send(pair[1], data, size, MSG_DONTWAIT) < 0 && size > 0) size = 0;
    close(pair[1]);
    reader = (struct reader){.fd = pair[0]};
    enum reader_result result = READER_EMPTY;
    while (result != READER_BAD && reader_fill(&reader) > 0) {
        while ((result = reader_next(&reader, &piece)) == READER_PIECE) {
            if (piece.size > FRAME_MAX) abort();
            documents((const char *)piece.data, piece.size);
        }
    }
    reader_free(&reader);
    close(pair[0]);
}

int main(int argc, char **argv) {
    static const char *const words[] = {
        "{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud800\\udc00", "\\ud800", "true", "false", "null", "\"path\":\"/x\"", "\"stdin\":true",
        "\"line\":true", "\"secret\":true", "\"prompt\":\"Password: \"", "[\"HOME\"]", "\x01\0", "\x21", "user:", "1000:", "4294967295", "\n", "18446744073709551615",
    };
    return fuzz_run(argc, argv, words, sizeof words / sizeof *words, take);
}
