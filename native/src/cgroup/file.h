// Control files: one small read or one write. Knows no file by name.
#ifndef SLIPWAY_CGROUP_FILE_H
#define SLIPWAY_CGROUP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Room for any control file but cgroup.procs. */
enum { CGROUP_TEXT = 8192 };

/** The beginning of file `name` of the cgroup `dir` with a zero byte behind it; the bytes read, or -1 with errno. */
ssize_t cgroup_file_read(int dir, const char *name, char text[CGROUP_TEXT]);

/** One write of the whole value. 0 or -1 with errno. */
int cgroup_file_write(int dir, const char *name, const char *value);

/** Whether `word` is one of the words of `text`. */
bool cgroup_text_has(const char *text, const char *word);

/** The number of the line `KEY NUMBER`; false when there is none. */
bool cgroup_text_number(const char *text, const char *key, uint64_t *out);

/** The number that is all of the file; false when the file is not there or says `max`. */
bool cgroup_file_number(int dir, const char *name, uint64_t *out);

#endif
