// SHA-256 as OCI digests. Knows no stream.
#include "layer/sha256.h"

#include <stdint.h>
#include <string.h>

#define PREFIX "sha256:"

void sha256_start(struct sha256 *hash) {
    SHA256_Init(&hash->context);
}

void sha256_add(struct sha256 *hash, const void *data, size_t size) {
    SHA256_Update(&hash->context, data, size);
}

void sha256_text(struct sha256 *hash, char text[DIGEST_TEXT]) {
    static const char hex[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_Final(digest, &hash->context);
    memcpy(text, PREFIX, sizeof PREFIX);
    char *at = text + sizeof PREFIX - 1;
    for (size_t i = 0; i < sizeof digest; i++) {
        *at++ = hex[digest[i] >> 4];
        *at++ = hex[digest[i] & 15];
    }
    *at = '\0';
}

bool sha256_is_digest(const char *text) {
    return strncmp(text, PREFIX, sizeof PREFIX - 1) == 0 && strlen(text) == DIGEST_TEXT - 1 &&
           strspn(text + sizeof PREFIX - 1, "0123456789abcdef") == 64;
}
