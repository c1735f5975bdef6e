// One section of `linux` as the input, inside of a config.json that is right otherwise. Knows no section.
#ifndef SLIPWAY_FUZZ_SECTION_H
#define SLIPWAY_FUZZ_SECTION_H

#include "mutate.h"

#include "runtime/config.h"

/** `head`: what stands before the section, from `"linux":{` on; `check` looks at a plan that was taken. An error without a reason aborts. */
static void fuzz_section(const uint8_t *data, size_t size, const char *head, void (*check)(const struct plan *plan)) {
    static const char first[] = "{\"ociVersion\":\"1.2.0\",\"process\":{\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}},\"root\":{\"path\":\"r\"},"
                                "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],";
    struct plan plan = {0};
    struct error err = {0};
    size_t before = sizeof first - 1 + strlen(head), length = before + size + 2;
    char *text = malloc(length + 1);
    memcpy(text, first, sizeof first - 1);
    memcpy(text + sizeof first - 1, head, strlen(head));
    memcpy(text + before, data, size);
    memcpy(text + before + size, "}}", 3);
    int result = config_parse(text, length, "/bundle", NULL, &plan, &err);
    if (result < 0 && (err.step[0] == '\0' || err.message[0] == '\0')) abort();
    if (result == 0) check(&plan);
    plan_free(&plan);
    free(text);
}

#endif
