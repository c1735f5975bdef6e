// Places where the engine mounts something. Knows no archive.
#include "layer/hidden.h"

#include <string.h>
#include <unistd.h>

// Leaves the directories to be read again.
static int is_empty(const struct stack *stack) {
    struct stack_names names = {0};
    int result = stack_read(stack, &names) < 0 ? -1 : names.count == 0;
    stack_names_free(&names);
    for (size_t i = 0; i < stack->count; i++)
        if (lseek(stack->directories[i].fd, 0, SEEK_SET) < 0) result = -1;
    return result;
}

int hidden_is(const struct hidden *hidden, const char *path, const struct node *node, const struct stack *inside) {
    for (size_t i = 0; i < hidden->count; i++) {
        if (strcmp(hidden->names[i], path) != 0) continue;
        if (S_ISDIR(node->st.st_mode)) return is_empty(inside);
        return S_ISREG(node->st.st_mode) && node->st.st_size == 0;
    }
    return 0;
}
