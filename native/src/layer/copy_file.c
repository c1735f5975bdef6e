// Content of regular files, copied as cheaply as the file system can. Knows no names.
#include "layer/copy_file.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** At once, so that a full disk is noticed in between. */
#define STEP (64ll << 20)
#define BUFFER (128u << 10)

// One read and what it gave written. Bytes; 0 at the end of the file.
static ssize_t copy_block(struct copy_file *way, int from, int to, off_t at, size_t size) {
    if (way->buffer == NULL && (way->buffer = malloc(BUFFER)) == NULL) return -1;
    ssize_t got = pread(from, way->buffer, size < BUFFER ? size : BUFFER, at);
    for (ssize_t done = 0; done < got;) {
        ssize_t put = pwrite(to, way->buffer + done, (size_t)(got - done), at + done);
        if (put < 0 && errno != EINTR) return -1;
        if (put > 0) done += put;
    }
    return got;
}

static bool is_refused(int errnum) {
    return errnum == EXDEV || errnum == EINVAL || errnum == EOPNOTSUPP || errnum == ENOSYS;
}

static ssize_t copy_some(struct copy_file *way, int from, int to, off_t at, off_t end) {
    off_t in = at, out = at;
    size_t size = (size_t)(end - at < STEP ? end - at : STEP);
    ssize_t done = way->no_range ? -1 : copy_file_range(from, &in, to, &out, size, 0);
    if (!way->no_range && done < 0 && is_refused(errno)) way->no_range = true;
    return way->no_range ? copy_block(way, from, to, at, size) : done;
}

// From `at` to `end`, or to where the file ends by now. 0 or -1.
static int copy_run(struct copy_file *way, int from, int to, off_t at, off_t end, int64_t *written) {
    while (at < end) {
        ssize_t done = copy_some(way, from, to, at, end);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return (int)done;
        at += done;
        *written += done;
    }
    return 0;
}

int64_t copy_file_content(struct copy_file *way, int from, int to, int64_t size) {
    int64_t written = 0;
    if (!way->no_clone && size > 0 && ioctl(to, FICLONE, from) == 0) return ftruncate(to, size) < 0 ? -1 : size;
    if (size > 0) way->no_clone = true;
    for (off_t start = 0, end = 0; end < size;) {
        start = lseek(from, end, SEEK_DATA);
        if (start < 0 && errno == ENXIO) break; // a hole up to the end
        end = start < 0 ? -1 : lseek(from, start, SEEK_HOLE);
        if (end < 0 && errno == ENXIO) break; // shorter by now
        if (end < 0) return -1;
        if (copy_run(way, from, to, start, end < size ? end : size, &written) < 0) return -1;
    }
    return ftruncate(to, size) < 0 ? -1 : written;
}

void copy_file_free(struct copy_file *way) {
    free(way->buffer);
    way->buffer = NULL;
}
