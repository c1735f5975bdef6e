// A tree as a layer to a file or standard output, in one pass of four threads:
//
//   gather (tree, archive), this thread → encode → sink (hash, write)
//                                       ↘ hash (diffID)
#include "layer/pack.h"

#include "layer/encode.h"
#include "layer/gather.h"
#include "layer/hasher.h"
#include "layer/ring_out.h"
#include "layer/sink.h"
#include "common/cleanup.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#define COMPRESSED_BLOCK (128u << 10)
#define PLAIN_BLOCK (256u << 10)
#define NAMES_MAX (256u << 20)
#define SKIPPED_MAX (64u << 10)

enum { ENCODE, HASH }; // readers of the plain ring

struct pipeline {
    struct ring plain, compressed;
    struct gather gather;
    struct out out;
    struct error gather_error;
    struct hasher hasher; // diffID
    struct encode encode;
    struct sink sink;
};

static void gather_thread(struct pipeline *pipeline) {
    int result = gather_run(&pipeline->gather, &pipeline->gather_error);
    ring_out_finish(&pipeline->out, result == 0 ? RING_WHOLE : RING_BROKEN);
}

// Threads are started with what they need in place; one that can't be started ends the program, since nothing was read yet.
static int run_threads(struct pipeline *pipeline, struct error *err) {
    void *(*const functions[3])(void *) = {hasher_run, encode_run, sink_run};
    void *const arguments[3] = {&pipeline->hasher, &pipeline->encode, &pipeline->sink};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        if ((errno = pthread_create(&threads[i], NULL, functions[i], arguments[i])) != 0) return layer_errno(err, "start a thread", NULL);
    }
    gather_thread(pipeline);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    return 0;
}

// The failure nearest to the cause: what can't be written stops all before it.
static int verdict(const struct pipeline *pipeline, struct error *err) {
    const struct error *const errors[] = {&pipeline->sink.err, &pipeline->encode.err, &pipeline->gather_error};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i]->code != LAYER_OK) return *err = *errors[i], -1;
    return 0;
}

static int open_trees(const struct options *options, struct gather *gather, struct error *err) {
    if (stack_add_all(&gather->top, options->upper_count, options->upper, err) < 0) return -1;
    return stack_add_all(&gather->top, options->lower_count, options->lower, err);
}

static int open_blob(const struct options *options, int output, struct sink *sink, struct error *err) {
    sink->fd = output;
    sink->path = options->blob == NULL ? "standard output" : options->blob;
    if (options->blob == NULL) return 0;
    sink->fd = open(options->blob, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    return sink->fd < 0 ? layer_errno(err, "create", options->blob) : 0;
}

static int prepare(const struct options *options, int output, struct pipeline *pipeline, struct error *err) {
    if (ring_init(&pipeline->plain, PLAIN_BLOCK, 2) < 0 || ring_init(&pipeline->compressed, COMPRESSED_BLOCK, 1) < 0) return layer_errno(err, "start", NULL);
    pipeline->out = ring_out(&pipeline->plain);
    pipeline->gather.writer.out = &pipeline->out;
    pipeline->gather.merged = options->lower_count > 0;
    pipeline->gather.hidden = (struct hidden){options->hidden_count, options->hidden};
    pipeline->gather.skipped.max = SKIPPED_MAX;
    pipeline->gather.links = (struct links){.files = {.max = NAMES_MAX}, .paths = {.max = NAMES_MAX}};
    pipeline->hasher = (struct hasher){.in = &pipeline->plain, .reader = HASH};
    pipeline->encode = (struct encode){.in = &pipeline->plain, .reader = ENCODE, .out = &pipeline->compressed, .compression = options->compression};
    pipeline->sink.in = &pipeline->compressed;
    return open_trees(options, &pipeline->gather, err) < 0 ? -1 : open_blob(options, output, &pipeline->sink, err);
}

static void take_results(struct pipeline *pipeline, struct packed *packed) {
    *packed = (struct packed){
        .size = pipeline->sink.size,
        .diff_size = pipeline->out.total,
        .entries = pipeline->gather.entries,
        .bytes = pipeline->gather.bytes,
        .skipped = pipeline->gather.skipped,
    };
    memcpy(packed->digest, pipeline->sink.digest, DIGEST_TEXT);
    memcpy(packed->diff_id, pipeline->hasher.digest, DIGEST_TEXT);
}

int pack_run(const struct options *options, int output, struct packed *packed, struct error *err) {
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (pipeline == NULL) return layer_errno(err, "start", NULL);
    pipeline->sink.fd = -1;
    int result = prepare(options, output, pipeline, err);
    if (result == 0) {
        // Some threads may be running with it: it stays, and the program ends.
        if (run_threads(pipeline, err) < 0) return -1;
        take_results(pipeline, packed);
        result = verdict(pipeline, err);
    }
    if (pipeline->sink.fd >= 0 && close(pipeline->sink.fd) < 0 && result == 0) result = layer_errno(err, "write", pipeline->sink.path);
    gather_free(&pipeline->gather);
    ring_free(&pipeline->plain);
    ring_free(&pipeline->compressed);
    free(pipeline);
    return result;
}
