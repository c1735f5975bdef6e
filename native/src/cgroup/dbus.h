// A connection to a message bus: authenticated, one call at a time, everything within one deadline.
#ifndef SLIPWAY_DBUS_H
#define SLIPWAY_DBUS_H

#include "common/error.h"
#include "dbus_message.h"

#include <stdint.h>

struct dbus {
    int fd;
    uint32_t serial;
    int64_t deadline; // CLOCK_MONOTONIC, milliseconds
    uint8_t *data;    // the message that came last
};

/** Called with each signal that comes while an answer is waited for. */
typedef void dbus_signal(const struct dbus_message *message, void *context);

/** Connects to the first of the `;`-separated addresses (unix:path=, unix:abstract=) that works; `milliseconds` for everything. */
int dbus_open(struct dbus *bus, const char *addresses, int milliseconds, struct error *err);
void dbus_close(struct dbus *bus);

/** Starts a call in `writer`; then the body is put and {@link dbus_call} sends it. */
void dbus_new(struct dbus *bus, struct dbus_writer *writer, const struct dbus_call *call);

/** Sends and waits for the answer. An error answer is -1 with its name in err->path and its words in err->message. */
int dbus_call(struct dbus *bus, struct dbus_writer *writer, dbus_signal *signal, void *context, struct dbus_message *answer, struct error *err);

/** Waits for one more message of any kind; it lives until the next one. */
int dbus_next(struct dbus *bus, struct dbus_message *message, struct error *err);

#endif
