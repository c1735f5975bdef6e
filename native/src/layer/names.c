// A set of path names in the order they came. Knows no file system.
#include "layer/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// FNV-1a.
static uint64_t names_hash(const char *name) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name != '\0'; name++) hash = (hash ^ (uint8_t)*name) * 0x100000001b3u;
    return hash;
}

// The place in the table where the name is or would be.
static uint32_t *names_find(const struct names *names, const char *name) {
    size_t mask = names->table_size - 1, at = names_hash(name) & mask;
    while (names->table[at] != 0 && strcmp(names->text + names->places[names->table[at] - 1], name) != 0) at = (at + 1) & mask;
    return &names->table[at];
}

// Keeps the table at most half full.
static int names_grow_table(struct names *names) {
    if (names->table_size > names->count * 2) return 0;
    uint32_t *old = names->table;
    size_t size = names->table_size == 0 ? 64 : names->table_size * 2;
    names->table = calloc(size, sizeof *names->table);
    if (names->table == NULL) {
        names->table = old;
        return -1;
    }
    names->table_size = size;
    for (size_t i = 0; i < names->count; i++) *names_find(names, names->text + names->places[i]) = (uint32_t)i + 1;
    free(old);
    return 0;
}

static int names_grow_places(struct names *names) {
    if (names->count < names->places_room) return 0;
    size_t room = names->places_room == 0 ? 32 : names->places_room * 2;
    uint32_t *places = realloc(names->places, room * sizeof *places);
    if (places == NULL) return -1;
    names->places = places;
    bool *gone = realloc(names->gone, room * sizeof *gone);
    if (gone == NULL) return -1;
    names->gone = gone;
    names->places_room = room;
    return 0;
}

static int names_grow_text(struct names *names, size_t more) {
    size_t need = names->size + more;
    if (need > names->max || need > UINT32_MAX) return errno = E2BIG, -1;
    if (need <= names->room) return 0;
    size_t room = need < 2048 ? 4096 : need * 2;
    char *text = realloc(names->text, room);
    if (text == NULL) return -1;
    names->text = text;
    names->room = room;
    return 0;
}

int names_add(struct names *names, const char *name, size_t *index) {
    size_t length = strlen(name) + 1;
    if (names_grow_table(names) < 0 || names_grow_places(names) < 0) return -1;
    uint32_t *place = names_find(names, name);
    if (*place != 0) {
        *index = *place - 1;
        names->gone[*index] = false;
        return 0;
    }
    if (names_grow_text(names, length) < 0) return -1;
    memcpy(names->text + names->size, name, length);
    names->places[names->count] = (uint32_t)names->size;
    names->gone[names->count] = false;
    names->size += length;
    *index = names->count++;
    *place = (uint32_t)names->count;
    return 0;
}

void names_remove(struct names *names, const char *name) {
    uint32_t *place = names->table_size == 0 ? NULL : names_find(names, name);
    if (place != NULL && *place != 0) names->gone[*place - 1] = true;
}

const char *names_at(const struct names *names, size_t index) {
    return names->gone[index] ? NULL : names->text + names->places[index];
}

void names_free(struct names *names) {
    free(names->text);
    free(names->places);
    free(names->table);
    free(names->gone);
    *names = (struct names){.max = names->max};
}
