// Control files: one small read or one write. Knows no file by name.
#include "file.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <fcntl.h>
#include <string.h>

ssize_t cgroup_file_read(int dir, const char *name, char text[CGROUP_TEXT]) {
    CLEAN_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : io_read_full(fd, text, CGROUP_TEXT - 1);
    text[size < 0 ? 0 : size] = '\0';
    return size;
}

int cgroup_file_write(int dir, const char *name, const char *value) {
    CLEAN_FD int fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t written;
    if (fd < 0) return -1;
    do written = write(fd, value, strlen(value));
    while (written < 0 && errno == EINTR);
    return written < 0 ? -1 : 0;
}

bool cgroup_text_has(const char *text, const char *word) {
    size_t length = strlen(word);
    while (*text != '\0') {
        size_t size = strcspn(text, " \n");
        if (size == length && memcmp(text, word, size) == 0) return true;
        text += size + strspn(text + size, " \n");
    }
    return false;
}

bool cgroup_text_number(const char *text, const char *key, uint64_t *out) {
    size_t length = strlen(key);
    while (text != NULL && *text != '\0') {
        if (strncmp(text, key, length) == 0 && text[length] == ' ') {
            *out = strtoull(text + length + 1, NULL, 10);
            return true;
        }
        text = strchr(text, '\n');
        if (text != NULL) text++;
    }
    return false;
}

bool cgroup_file_number(int dir, const char *name, uint64_t *out) {
    char text[CGROUP_TEXT], *end;
    if (cgroup_file_read(dir, name, text) <= 0) return false;
    *out = strtoull(text, &end, 10);
    return end != text;
}
