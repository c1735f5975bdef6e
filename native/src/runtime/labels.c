// Labels of security modules, by /proc/self/attr of a proc of our own: the container's /proc may be anything (CVE-2019-16884).
#include "labels.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "mountapi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

static bool asked(const char *label) {
    return label != NULL && label[0] != '\0';
}

static bool apparmor_enabled(void) {
    char answer = 'N';
    CLEAN_FD int fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, &answer, 1) == 1 && answer == 'Y';
}

static bool selinux_enabled(void) {
    struct statfs fs;
    return statfs("/sys/fs/selinux", &fs) == 0 && (unsigned long)fs.f_type == SELINUX_MAGIC;
}

int labels_check(const struct plan *plan, struct error *err) {
    const struct plan_process *process = &plan->process;
    // `unconfined` is what every process of a machine without AppArmor is.
    if (asked(process->apparmor_profile) && strcmp(process->apparmor_profile, "unconfined") != 0 && !apparmor_enabled())
        return error_set(err, EOPNOTSUPP, "set AppArmor profile", process->apparmor_profile, "AppArmor is not enabled on this machine");
    const char *label = asked(process->selinux_label) ? process->selinux_label : plan->mount_label;
    if (asked(label) && !selinux_enabled())
        return error_set(err, EOPNOTSUPP, "set SELinux label", label, "SELinux is not enabled on this machine");
    return 0;
}

static int write_label(int proc, const char *file, const char *text, const char *step, const char *label, struct error *err) {
    CLEAN_FD int fd = openat(proc, file, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || io_write_full(fd, text, strlen(text)) < 0) return error_errno(err, step, label);
    return 0;
}

static int set_apparmor(int proc, const char *profile, struct error *err) {
    char text[512];
    const char *step = "set AppArmor profile";
    if ((size_t)snprintf(text, sizeof text, "exec %s", profile) >= sizeof text) return error_set(err, ENAMETOOLONG, step, profile, "too long");
    // The module's own directory exists since Linux 5.8; the old file is shared by all modules.
    bool own = faccessat(proc, "self/attr/apparmor/exec", F_OK, 0) == 0;
    if (!own && strcmp(profile, "unconfined") == 0) return 0;
    if (write_label(proc, own ? "self/attr/apparmor/exec" : "self/attr/exec", text, step, profile, err) == 0) return 0;
    return err->errnum != ENOENT ? -1 : error_set(err, ENOENT, step, profile, "no such profile is loaded");
}

int labels_set(const struct plan_process *process, struct error *err) {
    bool apparmor = asked(process->apparmor_profile), selinux = asked(process->selinux_label);
    if (!apparmor && !selinux) return 0;
    // In a container in a container a new proc may be refused; nothing is confined by `unconfined` there.
    bool confines = selinux || strcmp(process->apparmor_profile, "unconfined") != 0;
    CLEAN_FD int proc = mountapi_new("proc", NULL, 0, 0, "proc for labels", err);
    if (proc < 0) return confines ? -1 : 0;
    if (apparmor && set_apparmor(proc, process->apparmor_profile, err) < 0) return -1;
    return selinux ? write_label(proc, "self/attr/exec", process->selinux_label, "set SELinux label", process->selinux_label, err) : 0;
}
