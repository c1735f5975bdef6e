// Fuzzes the reading of config.json, seccomp compiler included: any text gives a plan or an error with a reason.
#include "mutate.h"

#include "runtime/config.h"

static const char *const words[] = {
    "{", "}", "[", "]", ",", ":", "null", "true", "-1", "1e999", "18446744073709551615", "9223372036854775808", "\"\\u0000\"", "\"\\ud800\"",
    "\"/\"", "\"..\"", "\"overlay\"", "\"bind\"", "\"rbind\"", "\"proc\"", "\"ro\"", "\"rro\"", "\"lowerdir+=/a\"", "\"mode=755\"", "\"=\"",
    "\"process\":", "\"args\":", "\"user\":", "\"uid\":", "\"capabilities\":", "\"bounding\":", "\"CAP_SYS_ADMIN\"", "\"linux\":", "\"seccomp\":",
    "\"syscalls\":", "\"names\":", "\"SCMP_ACT_ALLOW\"", "\"SCMP_ACT_ERRNO\"", "\"SCMP_CMP_MASKED_EQ\"", "\"architectures\":", "\"SCMP_ARCH_X86\"",
    "\"namespaces\":", "\"type\":", "\"mount\"", "\"user\"", "\"uidMappings\":", "\"size\":", "\"sysctl\":", "\"net.ipv4.x\":", "\"annotations\":",
    "\"cgroupsPath\":", "\"memory\":", "\"limit\":", "\"swap\":", "\"cpu\":", "\"shares\":", "\"quota\":", "\"unified\":", "\"memory.max\":",
    "\"blockIO\":", "\"weightDevice\":", "\"hugepageLimits\":", "\"rdma\":", "\"access\":", "\"rwm\"",
    "\"dev.slipway.user\":", "\"hooks\":", "\"resources\":", "\"rlimits\":", "\"RLIMIT_NOFILE\"", "[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
};

static void take(const uint8_t *data, size_t size) {
    struct plan plan = {0};
    struct error err = {0};
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    int result = config_parse(text, size, "/bundle", NULL, &plan, &err);
    if (result < 0 && (err.step[0] == '\0' || err.message[0] == '\0')) abort(); // an error says what is wrong
    if (result == 0 && (plan.root_path == NULL || !plan.namespaces[NS_MOUNT].wanted)) abort();
    plan_free(&plan);
    free(text);
}

int main(int argc, char **argv) {
    return fuzz_run(argc, argv, words, sizeof words / sizeof *words, take);
}
