// SHA-256 as OCI digests (image-spec, descriptor.md). Knows no stream.
#ifndef SLIPWAY_LAYER_SHA256_H
#define SLIPWAY_LAYER_SHA256_H

// The one-purpose functions link in tens of kilobytes; EVP would bring all providers and their start-up time.
#define OPENSSL_API_COMPAT 0x10100000L
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdbool.h>
#include <stddef.h>

/** `sha256:` and 64 hexadecimal digits with a zero byte. */
#define DIGEST_TEXT 72

struct sha256 {
    SHA256_CTX context;
};

void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t size);
void sha256_text(struct sha256 *hash, char text[DIGEST_TEXT]);

/** The grammar of a SHA-256 digest; nothing else is ever compared with one. */
bool sha256_is_digest(const char *text);

#endif
