// The hooks that the OCI commands run themselves: behind the start and behind the end of a container.
#include "oci.h"

#include "config.h"
#include "hooks.h"

void oci_hooks_after(const struct oci *oci, const struct oci_state *state, bool stopped) {
    struct arena arena = {0};
    struct plan_hooks hooks = {0};
    struct error err = {0};
    struct container_state told = {.id = state->id, .bundle = state->bundle, .status = stopped ? "stopped" : "running",
                                   .pid = stopped ? 0 : state->pid, .annotations = state->annotations};
    enum plan_hook_kind kind = stopped ? HOOK_POSTSTOP : HOOK_POSTSTART;
    if (state->hooks == NULL) return;
    bool failed = config_hooks_text(state->hooks, &arena, &hooks, &err) < 0;
    // Each is run, whatever became of the one before.
    for (size_t i = 0; !failed && i < hooks.count[kind]; i++) {
        struct plan_hooks one = {0};
        one.list[kind] = &hooks.list[kind][i];
        one.count[kind] = 1;
        if (hooks_run(&one, kind, &told, state->bundle, &err) < 0) oci_warn(oci, &err);
    }
    if (failed) oci_warn(oci, &err);
    arena_free(&arena);
}
