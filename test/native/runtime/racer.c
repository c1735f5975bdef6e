// Exchanges two names again and again, as fast as it can, until its standard input ends (renameat2(2), RENAME_EXCHANGE).
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

int main(int argc, char **argv) {
    struct pollfd end = {.fd = 0, .events = POLLIN};
    if (argc != 3) return 2;
    if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0) return perror(argv[1]), 1;
    if (puts("ready") < 0 || fflush(stdout) != 0) return 1;
    while (poll(&end, 1, 0) == 0)
        for (int i = 0; i < 64; i++) (void)renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE);
    return 0;
}
