// slipway-layer: unpacks and packs layers, compares and copies trees, and brings them to the disk. Knows no store: the caller names every path.
#include "layer/answer.h"
#include "layer/compare.h"
#include "layer/copy.h"
#include "layer/diff.h"
#include "layer/options.h"
#include "layer/pack.h"
#include "layer/unpack.h"
#include "common/cleanup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static int do_unpack(const struct options *options, struct error *err) {
    struct unpacked unpacked = {0};
    int result = unpack_run(options, &unpacked, err) < 0 ? -1 : answer_unpacked(&unpacked);
    names_free(&unpacked.implied);
    return result;
}

// The layer goes where standard output was, the answer to the descriptor that takes its place.
static int move_answer(int answer_fd, int *output, struct error *err) {
    *output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (*output < 0 || (answer_fd != STDOUT_FILENO && dup2(answer_fd, STDOUT_FILENO) < 0)) return layer_errno(err, "answer", "--answer-fd");
    return 0;
}

static int do_pack(const struct options *options, struct error *err) {
    struct packed packed = {0};
    int output = -1;
    if (options->blob == NULL && options->answer_fd == STDOUT_FILENO) {
        return layer_fail(err, LAYER_USAGE, "read command line", "--answer-fd", "needed without --blob");
    }
    if (move_answer(options->answer_fd, &output, err) < 0) return -1;
    int result = pack_run(options, output, &packed, err) < 0 ? -1 : answer_packed(&packed);
    names_free(&packed.skipped);
    return result;
}

static int do_diff(const struct options *options, struct error *err) {
    uint64_t changes = 0;
    return diff_run(options, answer_change, &changes, err) < 0 ? -1 : answer_compared(changes);
}

static int do_sync(const struct options *options, struct error *err) {
    CLEAN_FD int fd = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || syncfs(fd) < 0 ? layer_errno(err, "sync", options->directory) : answer_synced();
}

// Names may lie deep in directories that all have to be open at once.
static void raise_limits(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int do_compare(const struct options *options, struct error *err) {
    struct comparison comparison;
    return compare_trees(options->directory, options->other, &comparison, err) < 0 ? -1 : answer_same(&comparison);
}

static int do_copy(const struct options *options, struct error *err) {
    struct copied copied = {0};
    return copy_tree(options->directory, options->other, options->shell, &copied, err) < 0 ? -1 : answer_copied(&copied);
}

int main(int argc, char **argv) {
    static int (*const commands[])(const struct options *options, struct error *err) = {
        [COMMAND_UNPACK] = do_unpack, [COMMAND_PACK] = do_pack, [COMMAND_DIFF] = do_diff, [COMMAND_SYNC] = do_sync, [COMMAND_COMPARE] = do_compare, [COMMAND_COPY] = do_copy};
    struct options options;
    struct error err = {0};
    signal(SIGPIPE, SIG_IGN);
    raise_limits();
    int result = options_parse(&options, argc, argv, &err);
    if (result == 0) result = commands[options.command](&options, &err);
    if (result < 0 && err.code != LAYER_OK) (void)answer_error(&err); // the exit code says the same
    free(options.upper);
    free(options.lower);
    free(options.hidden);
    return result == 0 ? 0 : 1;
}
