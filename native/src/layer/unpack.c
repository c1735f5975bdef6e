// One layer from a descriptor to a directory, in one pass of four threads:
//
//   source (read, hash) → decode → apply (archive, files), this thread
//                                     ↘ hash (diffID)
#include "layer/unpack.h"

#include "layer/apply.h"
#include "layer/decode.h"
#include "layer/hasher.h"
#include "layer/progress.h"
#include "layer/ring.h"
#include "layer/source.h"
#include "common/cleanup.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#define COMPRESSED_BLOCK (128u << 10)
#define PLAIN_BLOCK (256u << 10)
#define PIPE_SIZE (1 << 20)

enum { APPLY, HASH }; // readers of the plain ring

struct pipeline {
    struct ring compressed, plain;
    struct source source;
    struct decode decode;
    struct hasher hasher; // diffID
    struct apply apply;
    struct error apply_error;
    struct progress progress;
};

static int stream_more(struct stream *stream) {
    struct pipeline *pipeline = stream->source;
    int result = ring_next(&pipeline->plain, APPLY, &stream->at, &stream->left);
    if (result > 0) progress_tell(&pipeline->progress, pipeline->decode.in_size);
    return result;
}

// After the archive's end only the digest is of interest; a stream that breaks off there is noticed by whoever broke it.
static void apply_thread(struct pipeline *pipeline) {
    struct stream stream = {.more = stream_more, .source = pipeline};
    struct error *err = &pipeline->apply_error;
    const uint8_t *block;
    size_t size;
    pipeline->apply.tar.in = &stream;
    int result = apply_run(&pipeline->apply, err);
    while (result == 0 && ring_next(&pipeline->plain, APPLY, &block, &size) > 0) continue;
    bool damaged = err->code == LAYER_MALFORMED || err->code == LAYER_TRUNCATED || err->code == LAYER_REFUSED;
    ring_leave(&pipeline->plain, APPLY, damaged);
    // The hasher would keep the producer going for nothing.
    if (result < 0) ring_leave(&pipeline->plain, HASH, damaged);
}

// The failure nearest to the cause: bytes that are not what was promised explain everything after them.
static int verdict(const struct options *options, const struct pipeline *pipeline, struct error *err) {
    const struct source *source = &pipeline->source;
    if (source->err.code != LAYER_OK) return *err = source->err, -1;
    if (source->whole && options->digest != NULL && strcmp(options->digest, source->digest) != 0) {
        return layer_fail(err, LAYER_DIGEST_MISMATCH, "check digest", NULL, "the bytes are %s", source->digest);
    }
    if (pipeline->decode.err.code != LAYER_OK) return *err = pipeline->decode.err, -1;
    if (pipeline->apply_error.code != LAYER_OK) return *err = pipeline->apply_error, -1;
    if (options->diff_id != NULL && strcmp(options->diff_id, pipeline->hasher.digest) != 0) {
        return layer_fail(err, LAYER_DIFF_ID_MISMATCH, "check diffID", NULL, "the archive is %s", pipeline->hasher.digest);
    }
    return 0;
}

// Threads are started with what they need in place; one that can't be started ends the program, since nothing was read yet.
static int run_threads(struct pipeline *pipeline, struct error *err) {
    void *(*const functions[3])(void *) = {source_run, decode_run, hasher_run};
    void *const arguments[3] = {&pipeline->source, &pipeline->decode, &pipeline->hasher};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        if ((errno = pthread_create(&threads[i], NULL, functions[i], arguments[i])) != 0) return layer_errno(err, "start a thread", NULL);
    }
    apply_thread(pipeline);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    return 0;
}

static int prepare(const struct options *options, struct pipeline *pipeline, struct error *err) {
    pipeline->source = (struct source){
        .fd = options->growing_fd < 0 ? STDIN_FILENO : options->growing_fd,
        .bell = options->growing_fd < 0 ? -1 : STDIN_FILENO,
        .expected = options->size,
        // Bounded by the size: without one a hostile sender could go on for ever.
        .may_drain = options->digest != NULL && options->size != SIZE_UNKNOWN,
        .out = &pipeline->compressed,
    };
    pipeline->decode = (struct decode){.in = &pipeline->compressed, .out = &pipeline->plain, .max_size = options->max_size, .compression = "none"};
    pipeline->hasher = (struct hasher){.in = &pipeline->plain, .reader = HASH};
    progress_start(&pipeline->progress, options->progress_fd);
    pipeline->apply.squash_ids = options->squash_ids;
    pipeline->apply.lower = (struct lower){options->lower_count, options->lower};
    if (ring_init(&pipeline->compressed, COMPRESSED_BLOCK, 1) < 0 || ring_init(&pipeline->plain, PLAIN_BLOCK, 2) < 0) {
        return layer_errno(err, "start", NULL);
    }
    if (root_open(&pipeline->apply.root, options->directory, err) < 0) return -1;
    // A layer that says nothing of its top leaves it as an ordinary one.
    return fchmod(pipeline->apply.root.fd, 0755) < 0 ? layer_errno(err, "set mode", options->directory) : 0;
}

static void take_results(struct pipeline *pipeline, struct unpacked *unpacked) {
    *unpacked = (struct unpacked){
        .size = pipeline->source.size,
        .diff_size = pipeline->decode.out_size,
        .entries = pipeline->apply.entries,
        .bytes = pipeline->apply.bytes,
        .compression = pipeline->decode.compression,
        .implied = pipeline->apply.root.implied,
    };
    memcpy(unpacked->digest, pipeline->source.digest, DIGEST_TEXT);
    memcpy(unpacked->diff_id, pipeline->hasher.digest, DIGEST_TEXT);
    pipeline->apply.root.implied = (struct names){0};
}

static void pipeline_free(struct pipeline *pipeline) {
    apply_free(&pipeline->apply);
    root_close(&pipeline->apply.root);
    ring_free(&pipeline->compressed);
    ring_free(&pipeline->plain);
    free(pipeline);
}

int unpack_run(const struct options *options, struct unpacked *unpacked, struct error *err) {
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (pipeline == NULL) return layer_errno(err, "start", NULL);
    pipeline->apply.root.fd = pipeline->apply.root.parent = -1;
    umask(0);
    fcntl(STDIN_FILENO, F_SETPIPE_SZ, PIPE_SIZE); // fewer, larger reads; not a pipe: no matter
    int result = prepare(options, pipeline, err);
    if (result == 0) {
        // Some threads may be running with it: it stays, and the program ends.
        if (run_threads(pipeline, err) < 0) return -1;
        take_results(pipeline, unpacked);
        result = verdict(options, pipeline, err);
    }
    pipeline_free(pipeline);
    return result;
}
