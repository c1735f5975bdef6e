// Linked into the sanitizer build of slipway-runtime alone: `exec` joins a container's pid namespace, and LeakSanitizer's helper,
// a child that then can't see its parent, would wait for ever. Leaks are the fuzzers' and the other programs' to find.
const char *__asan_default_options(void);

const char *__asan_default_options(void) {
    return "detect_leaks=0";
}
