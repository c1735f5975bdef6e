// From args[0] to a running program: search on the container's PATH, working directory, exec. Runs inside the container.
#include "program.h"

#include "common/cleanup.h"
#include "inroot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

int program_cwd(const char *cwd, bool create, struct error *err) {
    char now[PATH_MAX];
    if (chdir(cwd) < 0) {
        if (errno != ENOENT || !create) return error_errno(err, "chdir", cwd);
        CLEAN_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0) return error_errno(err, "open", "/");
        CLEAN_FD int made = inroot_directory(root, cwd, false, err);
        if (made < 0) return -1;
        if (fchdir(made) < 0) return error_errno(err, "chdir", cwd);
    }
    // The system call, not the library: a directory outside of the root is told as "(unreachable)…" (CVE-2024-21626).
    if (syscall(SYS_getcwd, now, sizeof now) < 0) return error_errno(err, "chdir", cwd);
    return now[0] == '/' ? 0 : error_set(err, EXDEV, "chdir", cwd, "refused: outside of the container's root");
}

static const char *environment_value(char *const *env, const char *name) {
    size_t length = strlen(name);
    for (; *env != NULL; env++)
        if (strncmp(*env, name, length) == 0 && (*env)[length] == '=') return *env + length + 1;
    return NULL;
}

static int exec_error(int errnum, const char *path, struct error *err) {
    errno = errnum;
    error_errno(err, "exec", path);
    err->code = errnum == ENOENT ? CODE_NOT_FOUND : CODE_NOT_EXECUTABLE;
    return -1;
}

// 0 when `path` is a file this user may execute, else the errno.
static int check_file(const char *path) {
    struct stat st;
    if (stat(path, &st) < 0) return errno;
    if (S_ISDIR(st.st_mode)) return EISDIR;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

// As execvp: the first that can be executed; one that can't be is told only when no other is found.
static int search(const char *name, const char *list, char path[PATH_MAX], struct error *err) {
    int problem = ENOENT;
    for (;;) {
        size_t length = strcspn(list, ":");
        int written = snprintf(path, PATH_MAX, "%.*s/%s", (int)length, length == 0 ? "." : list, name);
        if (length == 0) written = snprintf(path, PATH_MAX, "./%s", name);
        int failed = written < 0 || written >= PATH_MAX ? ENAMETOOLONG : check_file(path);
        if (failed == 0) return 0;
        if (failed != ENOENT && failed != ENOTDIR && failed != EISDIR && problem == ENOENT) problem = failed;
        if (list[length] == '\0') break;
        list += length + 1;
    }
    exec_error(problem, name, err);
    if (problem == ENOENT) error_set(err, ENOENT, "exec", name, "executable file not found in $PATH");
    return -1;
}

int program_find(const struct plan_process *process, char path[PATH_MAX], struct error *err) {
    const char *name = process->args[0];
    if (name[0] == '\0') return exec_error(ENOENT, name, err);
    if (strchr(name, '/') == NULL) {
        const char *list = environment_value(process->env, "PATH");
        return search(name, list == NULL ? default_path : list, path, err);
    }
    if (strlen(name) >= PATH_MAX) return exec_error(ENAMETOOLONG, name, err);
    strcpy(path, name); // fits: checked above
    int failed = check_file(path);
    return failed == 0 ? 0 : exec_error(failed, name, err);
}

int program_exec(const struct plan_process *process, const char *path, struct error *err) {
    execve(path, process->args, process->env);
    int failed = errno;
    exec_error(failed, path, err);
    // The file was there a moment ago: what is missing is what it needs.
    if (failed == ENOENT) snprintf(err->message, sizeof err->message, "its interpreter or loader is missing");
    if (failed == ENOEXEC) snprintf(err->message, sizeof err->message, "not a program for this machine (exec format error)");
    return -1;
}
