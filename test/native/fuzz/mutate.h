// A small mutation driver for parsers, for compilers without libFuzzer: seeds from FUZZ_CORPUS, changed at random,
// given to a function that must survive anything. An input that fails stays in the file `crash-PROGRAM`.
#ifndef SLIPWAY_FUZZ_MUTATE_H
#define SLIPWAY_FUZZ_MUTATE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FUZZ_MAX = 1 << 16, FUZZ_SEEDS = 256 };

struct fuzz_input {
    uint8_t *data;
    size_t size;
};

static uint64_t fuzz_state;

static inline uint64_t fuzz_random(uint64_t below) {
    fuzz_state ^= fuzz_state << 13;
    fuzz_state ^= fuzz_state >> 7;
    fuzz_state ^= fuzz_state << 17;
    return below == 0 ? 0 : fuzz_state % below;
}

static inline size_t fuzz_seeds(struct fuzz_input *seeds) {
    DIR *dir = opendir(FUZZ_CORPUS);
    size_t count = 0;
    for (struct dirent *entry; dir != NULL && count < FUZZ_SEEDS && (entry = readdir(dir)) != NULL;) {
        int fd = entry->d_name[0] == '.' ? -1 : openat(dirfd(dir), entry->d_name, O_RDONLY);
        if (fd < 0) continue;
        seeds[count].data = malloc(FUZZ_MAX);
        ssize_t size = read(fd, seeds[count].data, FUZZ_MAX);
        close(fd);
        if (size > 0) seeds[count++].size = (size_t)size;
    }
    if (dir != NULL) closedir(dir);
    if (count > 0) return count;
    seeds[0] = (struct fuzz_input){.data = (uint8_t *)strdup("x"), .size = 1};
    return 1;
}

// Opens a gap of `size` bytes at `at` (cut to what fits) and returns its size.
static inline size_t fuzz_gap(struct fuzz_input *input, size_t at, size_t size) {
    if (size > FUZZ_MAX - input->size) size = FUZZ_MAX - input->size;
    memmove(input->data + at + size, input->data + at, input->size - at);
    input->size += size;
    return size;
}

static inline void fuzz_change(struct fuzz_input *input, const struct fuzz_input *other, const char *const *words, size_t word_count) {
    size_t at = fuzz_random(input->size + 1), size = 1 + fuzz_random(fuzz_random(8) == 0 ? 4096 : 16);
    if (size > input->size - at) size = input->size - at;
    switch (fuzz_random(6)) {
    case 0: // a bit
        if (at < input->size) input->data[at] ^= (uint8_t)(1u << fuzz_random(8));
        break;
    case 1: // random bytes
        for (size_t i = 0; i < size; i++) input->data[at + i] = (uint8_t)fuzz_random(256);
        break;
    case 2: // a piece less
        memmove(input->data + at, input->data + at + size, input->size - at - size);
        input->size -= size;
        break;
    case 3: { // a piece twice
        uint8_t piece[4096 + 16];
        memcpy(piece, input->data + at, size);
        size = fuzz_gap(input, at, size);
        memcpy(input->data + at, piece, size);
        break;
    }
    case 4: { // a word of the format
        if (word_count == 0) break;
        const char *word = words[fuzz_random(word_count)];
        size = fuzz_gap(input, at, strlen(word));
        memcpy(input->data + at, word, size);
        break;
    }
    default: { // a piece of another seed
        size_t from = fuzz_random(other->size), length = 1 + fuzz_random(other->size - from);
        length = fuzz_gap(input, at, length);
        memcpy(input->data + at, other->data + from, length);
    }
    }
}

/** Calls `take` for `argv[1]` seconds (default 10) on mutated seeds, each in its own block so that overruns are seen. */
static inline int fuzz_run(int argc, char **argv, const char *const *words, size_t word_count, void (*take)(const uint8_t *data, size_t size)) {
    static struct fuzz_input seeds[FUZZ_SEEDS], work; // static: reachable to the end, no leak
    work.data = malloc(FUZZ_MAX);
    time_t seconds = argc > 1 ? atol(argv[1]) : 10, end = time(NULL) + seconds;
    size_t seed_count = fuzz_seeds(seeds), runs = 0;
    char crash[4096];
    snprintf(crash, sizeof crash, "%s.crash", argv[0]);
    // The last input, in a file that survives the process.
    int fd = open(crash, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || ftruncate(fd, FUZZ_MAX) < 0) return perror(crash), 1;
    uint8_t *last = mmap(NULL, FUZZ_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    fuzz_state = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL) * 2654435761u + (uint64_t)getpid();
    printf("seed %llu, %zu inputs\n", (unsigned long long)fuzz_state, seed_count);
    while (time(NULL) < end) {
        const struct fuzz_input *seed = &seeds[fuzz_random(seed_count)];
        memcpy(work.data, seed->data, work.size = seed->size);
        for (uint64_t changes = runs < seed_count ? 0 : 1 + fuzz_random(8); changes > 0; changes--)
            fuzz_change(&work, &seeds[fuzz_random(seed_count)], words, word_count);
        uint8_t *exact = malloc(work.size == 0 ? 1 : work.size);
        memcpy(exact, work.data, work.size);
        memcpy(last, work.data, work.size);
        take(exact, work.size);
        free(exact);
        runs++;
    }
    unlink(crash);
    printf("%zu runs\n", runs);
    return 0;
}

#endif
