// The runtime's own program, kept from being written to by what it starts: a read-only mount of it, else a
// sealed copy in memory (memfd_create(2), F_SEAL_WRITE of fcntl(2)).
#include "sealed.h"

#include "common/cleanup.h"
#include "mountapi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif

enum { SEALS = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL };

// On a read-only mount nobody can write; elsewhere not those whom the file neither belongs to nor is open to. Its owner
// could be the root of a user namespace, who is stopped by no mode.
static bool is_safe(int self) {
    struct stat st;
    int seals = fcntl(self, F_GET_SEALS);
    if (seals >= 0 && (seals & SEALS) == SEALS) return true;
    if (faccessat(AT_FDCWD, "/proc/self/exe", W_OK, AT_EACCESS) == 0) return false;
    return errno == EROFS || (errno == EACCES && fstat(self, &st) == 0 && st.st_uid != geteuid());
}

// MFD_EXEC is unknown before Linux 6.3, and needed where vm.memfd_noexec is set.
static int new_memory(void) {
    unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create("slipway-runtime", flags | MFD_EXEC);
    return fd < 0 && errno == EINVAL ? memfd_create("slipway-runtime", flags) : fd;
}

static int copy(int from, int to) {
    struct stat st;
    if (fstat(from, &st) < 0) return -1;
    for (off_t left = st.st_size; left > 0;) {
        ssize_t sent = sendfile(to, from, NULL, (size_t)left);
        if (sent == 0) errno = EIO;
        if (sent <= 0) return -1;
        left -= sent;
    }
    return fcntl(to, F_ADD_SEALS, SEALS);
}

// This program through a mount of its own that is read-only and nowhere to be seen: nothing is copied. -1 for who may not mount.
static int read_only_view(void) {
    struct error ignored;
    CLEAN_FD int view = mountapi_clone(AT_FDCWD, "/proc/self/exe", false, &ignored);
    if (view < 0 || mountapi_set(view, false, MOUNT_ATTR_RDONLY, 0, 0, "", &ignored) < 0) return -1;
    return take_fd(&view);
}

int sealed_run(char **argv, struct error *err) {
    CLEAN_FD int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (self < 0) return error_errno(err, "open", "/proc/self/exe");
    if (is_safe(self)) return 0;
    CLEAN_FD int view = read_only_view();
    if (view >= 0) execveat(view, "", argv, environ, AT_EMPTY_PATH);
    CLEAN_FD int sealed = new_memory();
    if (sealed < 0 || copy(self, sealed) < 0) return error_errno(err, "seal own program", NULL);
    execveat(sealed, "", argv, environ, AT_EMPTY_PATH);
    return error_errno(err, "run sealed program", NULL);
}
