// Fuzzes the reading of D-Bus messages: any bytes are a message or none, and no value lies outside of them.
#include "mutate.h"

#include "cgroup/dbus_message.h"

static const char *const words[] = {"l\2\1\1", "B\3\1\1", "l\4\1\1", "\1s\0", "\1o\0", "\1g\0", "\1u\0", "JobRemoved", "uoss", "\377\377\377\377", "\0\0\0\0"};

static void inside(const char *text, const uint8_t *data, size_t size) {
    if (text[0] != '\0' && ((const uint8_t *)text < data || (const uint8_t *)text + strlen(text) >= data + size)) abort();
}

static void take(const uint8_t *data, size_t size) {
    struct dbus_message message;
    if (size >= DBUS_FIXED_HEADER && dbus_size(data) > DBUS_TAKE_MAX) abort();
    if (!dbus_parse(data, size, &message)) return;
    const char *const texts[] = {message.interface, message.member, message.error, message.signature};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) inside(texts[i], data, size);
    while (!message.body.failed && message.body.at < message.body.size) {
        (void)dbus_get_u32(&message.body);
        inside(dbus_get_string(&message.body), data, size);
    }
}

int main(int argc, char **argv) {
    return fuzz_run(argc, argv, words, sizeof words / sizeof *words, take);
}
