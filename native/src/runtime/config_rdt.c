// Reading `linux.intelRdt` (runtime-spec config-linux.md, "IntelRdt"). Knows no system call.
#include "config_parts.h"

#include <string.h>

// A line for the schemata file, `L3:0=7f`.
static const char *parse_line(struct parse *parse, const struct node *node) {
    const char *text = "";
    node_string(parse, node, &text);
    if (!parse->failed && strlen(text) > 4096) node_wrong(parse, node, "is too long");
    return parse->failed ? "" : text;
}

static char *append(struct parse *parse, const char *to, const char *line, size_t length) {
    return parse_memory(parse, arena_print(parse->arena, "%s%.*s\n", to, (int)length, line));
}

// What the two older members ask for; a line about bandwidth in the first gives way to the second.
static const char *parse_schemas(struct parse *parse, const struct node *rdt) {
    struct node cache_node = node_member(parse, rdt, "l3CacheSchema"), bandwidth_node = node_member(parse, rdt, "memBwSchema");
    const char *cache = parse_line(parse, &cache_node), *bandwidth = parse_line(parse, &bandwidth_node);
    char *text = parse_memory(parse, arena_string(parse->arena, ""));
    if (bandwidth[0] != '\0' && (strncmp(bandwidth, "MB:", 3) != 0 || strchr(bandwidth, '\n') != NULL))
        node_wrong(parse, &bandwidth_node, "must be one line that begins with MB:");
    while (!parse->failed && *cache != '\0') {
        size_t length = strcspn(cache, "\n");
        bool superseded = bandwidth[0] != '\0' && strncmp(cache, "MB:", 3) == 0;
        if (length > 0 && !superseded) text = append(parse, text, cache, length);
        cache += length + (cache[length] == '\n');
    }
    if (!parse->failed && bandwidth[0] != '\0') text = append(parse, text, bandwidth, strlen(bandwidth));
    return text;
}

static const char *parse_schemata(struct parse *parse, const struct node *rdt) {
    struct node node = node_member(parse, rdt, "schemata");
    size_t count = node_count(parse, &node, 256);
    char *text = parse_memory(parse, arena_string(parse->arena, ""));
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(&node, i);
        const char *line = parse_line(parse, &item);
        if (strchr(line, '\n') != NULL) node_wrong(parse, &item, "must be one line");
        if (!parse->failed && line[0] != '\0') text = append(parse, text, line, strlen(line));
    }
    return text;
}

void config_rdt(struct parse *parse, const struct node *node, struct plan *plan) {
    if (node->value == NULL) return;
    struct plan_rdt *rdt = parse_memory(parse, arena_array(parse->arena, 1, sizeof *rdt));
    struct node clos = node_member(parse, node, "closID");
    static const char *const monitors[] = {"enableMonitoring", "enableCMT", "enableMBM"};
    if (rdt == NULL) return;
    *rdt = (struct plan_rdt){0};
    node_string(parse, &clos, &rdt->clos);
    if (rdt->clos != NULL && rdt->clos[0] == '\0') rdt->clos = NULL;
    rdt->schemata = parse_schemas(parse, node);
    rdt->last_schemata = parse_schemata(parse, node);
    for (size_t i = 0; i < sizeof monitors / sizeof *monitors; i++) {
        struct node monitor = node_member(parse, node, monitors[i]);
        bool asked = false;
        node_bool(parse, &monitor, &asked);
        rdt->monitoring = rdt->monitoring || asked;
    }
    plan->rdt = rdt;
}
