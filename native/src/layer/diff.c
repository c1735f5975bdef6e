// What some directories change in those below it. Knows no archive.
//
// The rules are those of docker's naive differ (moby, pkg/archive/changes.go): the two trees are compared, so what was changed and
// changed back is no change; a directory's time and size say nothing.
#include "layer/diff.h"

#include "layer/hidden.h"
#include "layer/tar.h"
#include "common/cleanup.h"

#include <string.h>

#define STEP "compare"
#define CAPABILITY "security.capability"
#define CAPABILITY_MAX 64

struct diff {
    struct hidden hidden;
    diff_take *take;
    uint64_t count;
    char path[TAR_NAME + 1]; // of the present file, with its slash
    size_t length;
    struct error *err;
};

/** A directory that is being looked at: told of only when something in it has changed. */
struct place {
    struct place *parent;
    size_t length; // of its path
    bool told;
};

/** The two sides of one directory, and how far they are read. */
struct sides {
    const struct stack *upper, *lower;
    struct stack_names above, below;
    size_t at_above, at_below;
    bool opaque; // nothing of the lower side shows
};

static int compare_failed(struct diff *diff) {
    return layer_errno(diff->err, STEP, diff->path);
}

static int take_path(struct diff *diff, enum diff_kind kind, size_t length) {
    char end = diff->path[length];
    diff->path[length] = '\0';
    diff->count++;
    int result = diff->take(kind, diff->path);
    diff->path[length] = end;
    return result < 0 ? layer_errno(diff->err, "write", "standard output") : 0;
}

// A directory in which something has changed is told of before that.
static int tell_place(struct diff *diff, struct place *place) {
    if (place == NULL || place->told) return 0;
    if (tell_place(diff, place->parent) < 0) return -1;
    place->told = true;
    return take_path(diff, DIFF_CHANGED, place->length);
}

static int tell(struct diff *diff, struct place *place, enum diff_kind kind) {
    return tell_place(diff, place) < 0 ? -1 : take_path(diff, kind, diff->length);
}

static bool same_time(struct timespec one, struct timespec other) {
    return one.tv_sec == other.tv_sec && (one.tv_nsec == other.tv_nsec || one.tv_nsec == 0 || other.tv_nsec == 0);
}

static bool same_capabilities(const struct node *one, const struct node *other) {
    char values[2][CAPABILITY_MAX];
    long size = node_xattr(one, CAPABILITY, values[0], CAPABILITY_MAX);
    return size == node_xattr(other, CAPABILITY, values[1], CAPABILITY_MAX) && (size <= 0 || memcmp(values[0], values[1], (size_t)size) == 0);
}

static bool is_same(const struct node *one, const struct node *other) {
    const struct stat *a = &one->st, *b = &other->st;
    if (a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid || a->st_rdev != b->st_rdev) return false;
    if (!S_ISDIR(a->st_mode) && (a->st_size != b->st_size || !same_time(a->st_mtim, b->st_mtim))) return false;
    return same_capabilities(one, other);
}

static int diff_directory(struct diff *diff, const struct stack *upper, const struct stack *lower, bool opaque, struct place *place);

/** One name on both sides: its numbers there, or none (`first` = `end`). */
struct pair {
    const char *name;
    size_t above, above_end, below, below_end;
};

// The next name in the order of both sides. False at the end.
static bool next_pair(struct sides *sides, struct pair *pair) {
    const struct stack_names *above = &sides->above, *below = &sides->below;
    bool in_above = sides->at_above < above->count, in_below = sides->at_below < below->count;
    const char *one = in_above ? above->text + above->names[sides->at_above].text : NULL;
    const char *other = in_below ? below->text + below->names[sides->at_below].text : NULL;
    int order = one == NULL ? 1 : other == NULL ? -1 : strcmp(one, other);
    const char *name = order > 0 ? other : one;
    if (name == NULL) return false;
    *pair = (struct pair){name, sides->at_above, sides->at_above, sides->at_below, sides->at_below};
    if (order <= 0) sides->at_above = pair->above_end = stack_names_end(above, sides->at_above);
    if (order >= 0) sides->at_below = pair->below_end = stack_names_end(below, sides->at_below);
    return true;
}

// Opens the topmost of some names. 1; 0 when there is none, or a whiteout.
static int open_side(const struct stack *stack, const struct stack_names *names, size_t first, size_t end, struct node *node) {
    return first == end ? 0 : stack_open(stack, names, first, node);
}

static int diff_inside(struct diff *diff, const struct sides *sides, const struct pair *pair, const struct node *now, const struct node *before, struct place *parent) {
    struct stack upper = {0}, lower = {0};
    struct place place = {.parent = parent, .length = diff->length};
    int result = 0, hidden;
    if (stack_enter(sides->upper, &sides->above, pair->above, pair->above_end, &upper) < 0 ||
        (before != NULL && stack_enter(sides->lower, &sides->below, pair->below, pair->below_end, &lower) < 0) ||
        (hidden = hidden_is(&diff->hidden, diff->path + 1, now, &upper)) < 0) {
        result = compare_failed(diff);
    } else if (hidden == 0) {
        place.told = before == NULL || !is_same(now, before);
        if (place.told) result = tell(diff, parent, before == NULL ? DIFF_ADDED : DIFF_CHANGED);
        bool opaque = sides->opaque || upper.covered;
        if (result == 0) result = diff_directory(diff, &upper, &lower, opaque, &place);
    }
    stack_free(&upper);
    stack_free(&lower);
    return result;
}

static int diff_pair(struct diff *diff, const struct sides *sides, const struct pair *pair, struct place *place) {
    CLEAN_NODE struct node now = NODE_NONE, before = NODE_NONE;
    int above = open_side(sides->upper, &sides->above, pair->above, pair->above_end, &now);
    int below = open_side(sides->lower, &sides->below, pair->below, pair->below_end, &before);
    if (above < 0 || below < 0) return compare_failed(diff);
    bool is_now = above > 0 && !now.whiteout, was = below > 0 && !before.whiteout;
    if (!is_now) return was && (above > 0 || sides->opaque) ? tell(diff, place, DIFF_DELETED) : 0;
    if (S_ISDIR(now.st.st_mode)) return diff_inside(diff, sides, pair, &now, was ? &before : NULL, place);
    if (hidden_is(&diff->hidden, diff->path + 1, &now, NULL) > 0 || (was && is_same(&now, &before))) return 0;
    return tell(diff, place, was ? DIFF_CHANGED : DIFF_ADDED);
}

static int diff_names(struct diff *diff, struct sides *sides, struct place *place) {
    struct pair pair;
    size_t before = diff->length;
    while (next_pair(sides, &pair)) {
        size_t length = strlen(pair.name);
        if (before + length + 2 > sizeof diff->path) return layer_fail(diff->err, LAYER_REFUSED, STEP, diff->path, "the name of a file in it is too long");
        diff->path[before] = '/';
        memcpy(diff->path + before + 1, pair.name, length + 1);
        diff->length = before + 1 + length;
        if (diff_pair(diff, sides, &pair, place) < 0) return -1;
        diff->path[diff->length = before] = '\0';
    }
    return 0;
}

static int diff_directory(struct diff *diff, const struct stack *upper, const struct stack *lower, bool opaque, struct place *place) {
    struct sides sides = {.upper = upper, .lower = lower, .opaque = opaque};
    int result = stack_read(upper, &sides.above) < 0 || stack_read(lower, &sides.below) < 0 ? compare_failed(diff) : diff_names(diff, &sides, place);
    stack_names_free(&sides.above);
    stack_names_free(&sides.below);
    return result;
}

int diff_run(const struct options *options, diff_take *take, uint64_t *count, struct error *err) {
    struct diff *diff = calloc(1, sizeof *diff);
    struct stack upper = {0}, lower = {0};
    if (diff == NULL) return layer_errno(err, "start", NULL);
    *diff = (struct diff){.hidden = {options->hidden_count, options->hidden}, .take = take, .err = err};
    int result = stack_add_all(&upper, options->upper_count, options->upper, err);
    if (result == 0) result = stack_add_all(&lower, options->lower_count, options->lower, err);
    if (result == 0) result = diff_directory(diff, &upper, &lower, false, NULL);
    *count = diff->count;
    stack_free(&upper);
    stack_free(&lower);
    free(diff);
    return result;
}
