// The versions this program tells the server: mirror of runtime-server/protocol/version.ts (a rules test compares them).
#ifndef SLIPWAY_CLIENT_VERSION_H
#define SLIPWAY_CLIENT_VERSION_H

#define PROTOCOL_VERSION 2
#define PRODUCT_VERSION "0.1.0"

#endif
