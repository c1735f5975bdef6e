// The text of /etc/passwd and /etc/group (passwd(5), group(5)), which the image wrote: searched, never trusted. Pure.
#ifndef SLIPWAY_USER_DB_H
#define SLIPWAY_USER_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** A piece of the text; not ended by a zero byte. */
struct text_span {
    const char *start;
    size_t length;
};

struct passwd_entry {
    struct text_span name, home;
    uid_t uid;
    gid_t gid;
};

/** The first entry whose name, or else whose uid in decimal, is `wanted`. Malformed lines are passed over. */
bool user_db_passwd(struct text_span text, struct text_span wanted, struct passwd_entry *entry);

/** The gid of the first group whose name, or else whose gid in decimal, is `wanted`. */
bool user_db_group(struct text_span text, struct text_span wanted, gid_t *gid);

/** Gids of the groups that list `member`, at most `max`, into `groups`. Returns how many. */
size_t user_db_groups_of(struct text_span text, struct text_span member, gid_t *groups, size_t max);

/** A decimal id of at most 2^31-1 (CVE-2024-40635) that is the whole of `text`. */
bool user_db_id(struct text_span text, unsigned int *id);

/**
 * Takes the first of the names or ids of groups that `list` holds, separated by commas, and looks it up: its gid as /etc/group
 * has it, else the id itself. `name` is what was taken. False when there is no such group; empty names are passed over, and
 * `name` is empty at the end of the list.
 */
bool user_db_next_group(struct text_span text, struct text_span *list, struct text_span *name, gid_t *gid);

bool text_equal(struct text_span a, struct text_span b);

#endif
