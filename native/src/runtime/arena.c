// Memory of one plan, in mapped blocks so that freeing it really shrinks a long-lived shim. Knows no content.
#include "arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct arena_block {
    struct arena_block *next;
    size_t size, used;
};

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16 };

static size_t round_up(size_t value, size_t unit) {
    return (value + unit - 1) / unit * unit;
}

static struct arena_block *add_block(struct arena *arena, size_t payload) {
    size_t size = round_up(sizeof(struct arena_block) + ALIGNMENT + payload, BLOCK_SIZE);
    struct arena_block *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return NULL;
    block->size = size;
    block->used = round_up(sizeof *block, ALIGNMENT);
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size > SIZE_MAX / 2) return errno = ENOMEM, NULL;
    size = round_up(size == 0 ? 1 : size, ALIGNMENT);
    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size) block = add_block(arena, size);
    if (block == NULL) return NULL;
    void *memory = (char *)block + block->used;
    block->used += size;
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) return errno = ENOMEM, NULL;
    return arena_alloc(arena, total);
}

void *arena_copy(struct arena *arena, const void *data, size_t size) {
    void *copy = arena_alloc(arena, size);
    if (copy != NULL) memcpy(copy, data, size);
    return copy;
}

char *arena_string(struct arena *arena, const char *text) {
    return arena_copy(arena, text, strlen(text) + 1);
}

char *arena_print(struct arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
    if (text == NULL) return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

void arena_free(struct arena *arena) {
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        munmap(block, block->size);
    }
}
