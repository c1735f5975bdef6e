// slipway-layer: unpacks layers, and brings them to the disk. Knows no store: the caller names every path.
#include "layer/answer.h"
#include "layer/options.h"
#include "layer/unpack.h"
#include "common/cleanup.h"

#include <fcntl.h>
#include <signal.h>

static int sync_directory(const char *directory, struct error *err) {
    CLEAN_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || syncfs(fd) < 0 ? layer_errno(err, "sync", directory) : 0;
}

int main(int argc, char **argv) {
    struct options options;
    struct unpacked unpacked = {0};
    struct error err = {0};
    signal(SIGPIPE, SIG_IGN);
    int result = options_parse(&options, argc, argv, &err);
    if (result == 0) result = options.sync ? sync_directory(options.directory, &err) : unpack_run(&options, &unpacked, &err);
    if (result < 0) (void)answer_error(&err); // the exit code says the same
    else result = options.sync ? answer_synced() : answer_unpacked(&unpacked);
    names_free(&unpacked.implied);
    free(options.lower);
    return result == 0 ? 0 : 1;
}
