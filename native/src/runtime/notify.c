// The agent of SCMP_ACT_NOTIFY: what is sent to it, and when. Knows no filter.
#include "notify.h"

#include "common/cleanup.h"
#include "common/json_text.h"
#include "control.h"
#include "oci.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char step[] = "seccomp listener";

int notify_connect(const struct plan_seccomp *seccomp, struct error *err) {
    return control_connect(seccomp->listener_path, step, err);
}

pid_t notify_pid(struct error *err) {
    char text[16];
    ssize_t size = readlink("/proc/self", text, sizeof text - 1);
    if (size <= 0) return (void)error_errno(err, step, "/proc/self"), 0;
    text[size] = '\0';
    return (pid_t)strtol(text, NULL, 10);
}

int notify_prepare(const struct plan_seccomp *seccomp, const struct container_state *state, struct notify *notify, struct error *err) {
    const char *metadata = seccomp->listener_metadata == NULL ? "" : seccomp->listener_metadata;
    size_t room = strlen(metadata) * JSON_TEXT_FACTOR + 3;
    CLEAN_FREE char *quoted = malloc(room);
    FILE *out = quoted == NULL ? NULL : open_memstream(&notify->text, &notify->size);
    if (out == NULL) return error_errno(err, step, NULL);
    json_quote(quoted, room, metadata);
    fprintf(out, "{\"ociVersion\":\"%s\",\"fds\":[\"seccompFd\"],\"pid\":%d,\"metadata\":%s,\"state\":", OCI_VERSION, (int)state->pid, quoted);
    container_state_print(out, state);
    fprintf(out, "}");
    return fclose(out) != 0 ? error_errno(err, step, NULL) : 0;
}

int notify_send(const struct notify *notify, int listener, struct error *err) {
    return control_send_bytes(notify->socket, notify->text, notify->size, listener) < 0 ? error_errno(err, step, NULL) : 0;
}
