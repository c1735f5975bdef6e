// Pseudo-terminals of a container's own devpts. The container may have changed its /dev: only a real devpts is believed.
#include "pty.h"

#include "common/cleanup.h"
#include "inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <termios.h>

int pty_peer(int master) {
    return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

void pty_resize(int master, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    if (rows != 0 || columns != 0) (void)ioctl(master, TIOCSWINSZ, &size); // a size is never worth an error
}

int pty_open(int root, int *slave, struct error *err) {
    struct statfs fs;
    int unlock = 0;
    CLEAN_FD int pts = inroot_open(root, "/dev/pts", O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
    if (pts < 0 || fstatfs(pts, &fs) < 0) return error_errno(err, "open terminal", "/dev/pts");
    if (fs.f_type != DEVPTS_SUPER_MAGIC) return error_set(err, ENODEV, "open terminal", "/dev/pts", "not a devpts");
    CLEAN_FD int master = inroot_open(pts, "ptmx", O_RDWR | O_NOCTTY, RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
    if (master < 0) return error_errno(err, "open terminal", "/dev/pts/ptmx");
    if (ioctl(master, TIOCSPTLCK, &unlock) < 0) return error_errno(err, "unlock terminal", "/dev/pts/ptmx");
    *slave = pty_peer(master);
    if (*slave < 0) return error_errno(err, "open terminal", "other end");
    return take_fd(&master);
}
