// The OCI runtime command line: what its files share.
#ifndef SLIPWAY_OCI_H
#define SLIPWAY_OCI_H

#include "common/error.h"
#include "rdt.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Version of the runtime specification that config.json and `state` are written in. */
#define OCI_VERSION "1.2.0"

/** What is known of a container between two commands: ROOT/ID/state.json. */
struct oci_state {
    char id[256];
    char bundle[4096];
    pid_t pid;
    uint64_t start_time;
    char created[32];
    char *annotations; // JSON text or NULL; freed by oci_state_free
    char cgroup[4096]; // its path (cgroup.h); "" without one
    char config[4096]; // the file in it; "": config.json
    char *hooks;       // the config's section as JSON text, or NULL; freed by oci_state_free
    char scope[256];   // the systemd unit that it belongs to; "" without one
    struct rdt_place rdt; // its class of service
};

enum oci_status { OCI_CREATED, OCI_RUNNING, OCI_PAUSED, OCI_STOPPED };

/** Global options. */
struct oci {
    const char *root;
    const char *log;
    bool log_json;
    bool systemd_cgroup, no_cgroup;
    bool debug; // the log tells of each command
};

/** The directory of all containers, which exists. */
int oci_state_root(const struct oci *oci, struct error *err);
/** Where compiled seccomp filters are kept: a hidden directory in it, made with its parent when missing. */
const char *oci_state_cache(const struct oci *oci, char path[4096]);
/** Opens the directory of a container (`create`: makes it, and the root; an existing one is EEXIST). */
int oci_state_directory(const struct oci *oci, const char *id, bool create, struct error *err);
int oci_state_write(int dir, const struct oci_state *state, struct error *err);
int oci_state_read(const struct oci *oci, const char *id, struct oci_state *out, int *dir, struct error *err);
void oci_state_free(struct oci_state *state);
/** Takes the directory with all that is in it away. */
void oci_state_remove(const struct oci *oci, const char *id);
enum oci_status oci_state_status(const struct oci_state *state, int dir);
const char *oci_status_name(enum oci_status status);
/** A pidfd that surely is the container's first process; -1 with err when it has ended. */
int oci_state_process(const struct oci_state *state, struct error *err);

/** Opens the cgroup of a container, whose state is read on the way. */
int oci_cgroup_open(const struct oci *oci, const char *id, struct oci_state *state, struct error *err);

/** The FIFO that holds a created container back. */
#define OCI_GATE "start.fifo"
/** The FIFO that tells `start` what went wrong behind the gate; its end means that the process has been exec'd. */
#define OCI_REPORT "report.fifo"

/** Tells the person and the log of a failure that stops nothing. */
void oci_warn(const struct oci *oci, const struct error *err);

/** Runs the hooks that come after a container's start or end; one that fails is a warning (runtime-spec runtime.md, "Lifecycle"). */
void oci_hooks_after(const struct oci *oci, const struct oci_state *state, bool stopped);

/** Commands: words after the command's name. They return the program's exit code, or -1 with err. */
int oci_create(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_run(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_start(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_show_state(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_kill(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_delete(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_list(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_exec(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_pause(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_resume(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_update(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_ps(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_events(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_features(const struct oci *oci, int argc, char **argv, struct error *err);
int oci_spec(const struct oci *oci, int argc, char **argv, struct error *err);

/** The program's entry for everything but `shim`. */
int oci_main(int argc, char **argv);

#endif
