// The state of a container as JSON (runtime-spec runtime.md, "State").
#include "hooks.h"

#include "common/cleanup.h"
#include "common/json_text.h"
#include "oci.h"

#include <string.h>

void container_state_print(FILE *out, const struct container_state *state) {
    size_t room = strlen(state->bundle) * JSON_TEXT_FACTOR + 3;
    CLEAN_FREE char *bundle = malloc(room);
    if (bundle != NULL) json_quote(bundle, room, state->bundle);
    fprintf(out, "{\"ociVersion\":\"%s\",\"id\":\"%s\",\"status\":\"%s\",\"pid\":%d,\"bundle\":%s", OCI_VERSION, state->id,
            state->status, (int)state->pid, bundle == NULL ? "\"\"" : bundle);
    if (state->created != NULL) fprintf(out, ",\"created\":\"%s\"", state->created);
    if (state->annotations != NULL) fprintf(out, ",\"annotations\":%s", state->annotations);
    fprintf(out, "}");
}
