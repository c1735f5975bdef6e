// The container's log: Docker's json-file lines. A full disk loses lines, never the container.
#include "log.h"

#include "common/json_text.h"
#include "log_rotate.h"
#include "timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ENTRY_MAX: the longest entry, every byte escaped. Entries of one read are written together.
enum { ENTRY_MAX = (LOG_LINE_MAX + 1) * JSON_TEXT_FACTOR + 128, BATCH = ENTRY_MAX + 32 * 1024 };

static char batch[BATCH];
static size_t batched;

int log_open(struct log *log, const char *path, off_t size_max, unsigned files, struct error *err) {
    struct stat st;
    *log = (struct log){.fd = -1, .path = path, .size_max = size_max, .files = files};
    if (path == NULL) return 0;
    log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (log->fd < 0 || fstat(log->fd, &st) < 0) return error_errno(err, "open log", path);
    log->size = st.st_size;
    return 0;
}

// A short write (disk full) would leave half a line for the next one to be glued to: it is taken back.
static void write_batch(struct log *log) {
    size_t done = 0;
    while (done < batched) {
        ssize_t put = write(log->fd, batch + done, batched - done);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) break;
        done += (size_t)put;
    }
    if (done == batched) log->size += (off_t)done;
    else if (done > 0 && ftruncate(log->fd, log->size) < 0) log->size += (off_t)done;
    batched = 0;
}

// Whether the file would become larger than it may with `entry` bytes more; one entry has room in any.
static bool is_full(const struct log *log, size_t entry) {
    off_t size = log->size + (off_t)batched;
    return log->size_max > 0 && size > 0 && size + (off_t)entry > log->size_max;
}

// Begins a new file. Where that can't be, lines are lost until it can: the bound is kept.
static bool begin_file(struct log *log) {
    write_batch(log);
    int fd = log_rotate(log->path, log->files);
    if (fd < 0) return false;
    close(log->fd);
    log->fd = fd;
    log->size = 0;
    return true;
}

static void put_entry(struct log *log, int stream, const char *text, size_t size, bool whole) {
    if (sizeof batch - batched < ENTRY_MAX) write_batch(log);
    char *begin = batch + batched, *at = begin, *end = batch + sizeof batch;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    at = stpcpy(at, "{\"log\":\"");
    at += json_text(at, (size_t)(end - at), text, size);
    at = stpcpy(at, whole ? "\\n\",\"stream\":\"" : "\",\"stream\":\"");
    at = stpcpy(at, stream == 0 ? "stdout\",\"time\":\"" : "stderr\",\"time\":\"");
    timestamp_put(&now, at);
    at += TIMESTAMP_SIZE - 1;
    at = stpcpy(at, "\"}\n");
    size_t entry = (size_t)(at - begin);
    if (is_full(log, entry)) {
        if (!begin_file(log)) return;
        memmove(batch, begin, entry);
    }
    batched += entry;
}

// How much of a full piece to write now: a UTF-8 sequence is not cut in two.
static size_t whole_characters(const char *text, size_t size) {
    size_t back = 0;
    while (back < 3 && back < size && ((unsigned char)text[size - 1 - back] & 0xc0) == 0x80) back++;
    unsigned char lead = back < size ? (unsigned char)text[size - 1 - back] : 0;
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return length > back + 1 ? size - 1 - back : size;
}

static void put_full_line(struct log *log, int stream) {
    struct log_line *line = &log->lines[stream];
    size_t taken = whole_characters(line->text, line->used);
    put_entry(log, stream, line->text, taken, false);
    memmove(line->text, line->text + taken, line->used - taken);
    line->used -= taken;
}

void log_write(struct log *log, int stream, const char *data, size_t size) {
    struct log_line *line = &log->lines[stream];
    if (log->fd < 0) return;
    while (size > 0) {
        const char *newline = memchr(data, '\n', size);
        size_t piece = newline == NULL ? size : (size_t)(newline - data);
        size_t room = LOG_LINE_MAX - line->used;
        if (newline != NULL && line->used == 0 && piece <= LOG_LINE_MAX) {
            put_entry(log, stream, data, piece, true); // the usual case: no copy
        } else {
            if (piece > room) piece = room, newline = NULL;
            memcpy(line->text + line->used, data, piece);
            line->used += piece;
            if (newline != NULL) {
                put_entry(log, stream, line->text, line->used, true);
                line->used = 0;
            } else if (line->used == LOG_LINE_MAX) {
                put_full_line(log, stream);
            }
        }
        piece += newline != NULL;
        data += piece;
        size -= piece;
    }
    write_batch(log);
}

void log_finish(struct log *log) {
    if (log->fd < 0) return;
    for (int stream = 0; stream < 2; stream++) {
        struct log_line *line = &log->lines[stream];
        if (line->used > 0) put_entry(log, stream, line->text, line->used, false);
        line->used = 0;
    }
    write_batch(log);
}
