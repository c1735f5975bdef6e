// What the shim tells its caller: the ready line and the exit file. A reader that is gone is no error.
#include "report.h"

#include "common/io.h"
#include "common/json_text.h"
#include "timestamp.h"

#include <fcntl.h>
#include <stdio.h>

void report_started(int fd, pid_t pid, uint64_t start_time) {
    char line[128];
    int length = snprintf(line, sizeof line, "{\"status\":\"started\",\"pid\":%d,\"startTime\":%llu}\n", (int)pid,
                          (unsigned long long)start_time);
    (void)io_write_full(fd, line, (size_t)length);
}

void report_error(int fd, const struct error *err) {
    char step[sizeof err->step * JSON_TEXT_FACTOR + 3], path[sizeof err->path * JSON_TEXT_FACTOR + 3];
    char message[sizeof err->message * JSON_TEXT_FACTOR + 3], line[sizeof step + sizeof path + sizeof message + 128];
    json_quote(step, sizeof step, err->step);
    json_quote(path, sizeof path, err->path);
    json_quote(message, sizeof message, err->message);
    int length = snprintf(line, sizeof line, "{\"status\":\"error\",\"code\":%d,\"step\":%s,\"path\":%s,\"errno\":%d,\"message\":%s}\n",
                          err->code, step, path, err->errnum, message);
    (void)io_write_full(fd, line, (size_t)length);
}

int report_exit(const char *path, const struct report_end *end) {
    char from[TIMESTAMP_SIZE], to[TIMESTAMP_SIZE], number[12], text[256];
    timestamp_put(&end->started, from);
    timestamp_put(&end->finished, to);
    snprintf(number, sizeof number, "%d", end->signal);
    int length = snprintf(text, sizeof text,
                          "{\"exitCode\":%d,\"signal\":%s,\"oomKilled\":%s,\"startedAt\":\"%s\",\"finishedAt\":\"%s\"}\n", end->code,
                          end->signal == 0 ? "null" : number, end->oom_killed ? "true" : "false", from, to);
    return io_write_replacing(AT_FDCWD, path, text, (size_t)length, 0600);
}
