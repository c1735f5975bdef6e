// Whether two unpacked layers are the same. Reads only; knows no archive.
#include "layer/compare.h"

#include "layer/compare_entry.h"
#include "common/cleanup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct listing {
    struct dirent **entries;
    int count;
};

struct walk {
    struct comparison *result;
    size_t length;  // of result->path, while the directory there is being compared
    struct error *err;
};

static void free_listing(struct listing *listing) {
    for (int i = 0; i < listing->count; i++) free(listing->entries[i]);
    free(listing->entries);
}

static int is_name(const struct dirent *entry) {
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int unreadable(struct walk *walk) {
    return layer_errno(walk->err, "compare", walk->result->path);
}

static int list(int fd, struct listing *listing, struct walk *walk) {
    listing->count = scandirat(fd, ".", &listing->entries, is_name, by_name);
    if (listing->count >= 0) return 0;
    listing->count = 0;
    return unreadable(walk);
}

// 1: a difference is found, which ends the walk.
static int differs(struct walk *walk, const char *what) {
    walk->result->same = false;
    walk->result->what = what;
    return 1;
}

static int enter(struct walk *walk, const char *name) {
    struct comparison *result = walk->result;
    size_t room = sizeof result->path - walk->length;
    int added = snprintf(result->path + walk->length, room, "%s%s", walk->length == 0 ? "" : "/", name);
    if (added > 0 && (size_t)added < room) return 0;
    errno = ENAMETOOLONG;
    return unreadable(walk);
}

static int compare_directories(struct walk *walk, int first, int second);

static int descend(struct walk *walk, int first, int second, const char *name) {
    CLEAN_FD int a = openat(first, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    CLEAN_FD int b = openat(second, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (a < 0 || b < 0) return unreadable(walk);
    size_t outside = walk->length;
    walk->length = strlen(walk->result->path);
    int found = compare_directories(walk, a, b);
    walk->length = outside;
    return found;
}

static int compare_name(struct walk *walk, int first, int second, const char *name) {
    const char *what = NULL;
    struct stat status;
    if (enter(walk, name) < 0) return -1;
    if (compare_entry(first, second, name, &status, &what) < 0) return unreadable(walk);
    if (what != NULL) return differs(walk, what);
    return S_ISDIR(status.st_mode) ? descend(walk, first, second, name) : 0;
}

// Both are sorted: the first name that only one has is the smaller of the two at hand.
static int compare_listings(struct walk *walk, int first, int second, const struct listing *a, const struct listing *b) {
    for (int i = 0; i < a->count || i < b->count; i++) {
        int order = i == a->count ? 1 : i == b->count ? -1 : strcmp(a->entries[i]->d_name, b->entries[i]->d_name);
        if (order != 0) return enter(walk, (order < 0 ? a : b)->entries[i]->d_name) < 0 ? -1 : differs(walk, order < 0 ? "missing" : "added");
        int found = compare_name(walk, first, second, a->entries[i]->d_name);
        if (found != 0) return found;
    }
    return 0;
}

static int compare_directories(struct walk *walk, int first, int second) {
    struct listing a = {0}, b = {0};
    int found = list(first, &a, walk) < 0 || list(second, &b, walk) < 0 ? -1 : compare_listings(walk, first, second, &a, &b);
    free_listing(&a);
    free_listing(&b);
    return found;
}

int compare_trees(const char *first, const char *second, struct comparison *result, struct error *err) {
    struct walk walk = {.result = result, .err = err};
    *result = (struct comparison){.same = true, .path = "."};
    CLEAN_FD int a = open(first, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (a < 0) return layer_errno(err, "open", first);
    CLEAN_FD int b = open(second, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b < 0) return layer_errno(err, "open", second);
    const char *what = NULL;
    struct stat status;
    if (compare_entry(a, b, ".", &status, &what) < 0) return unreadable(&walk);
    if (what != NULL) {
        (void)differs(&walk, what);
        return 0;
    }
    return compare_directories(&walk, a, b) < 0 ? -1 : 0;
}
