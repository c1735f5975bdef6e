// Reading blockIO, hugepageLimits, rdma and unified of `linux.resources` into settings of cgroup v2. Knows no system call.
#include "config_resources.h"

#include <string.h>

enum { MAX_ITEMS = 1024 };

static unsigned device_number(struct parse *parse, const struct node *item, const char *key) {
    struct node node = node_member(parse, item, key);
    int64_t number = 0;
    node_int(parse, &node, 0, UINT32_MAX, &number);
    return (unsigned)number;
}

// 0 where absent, else 10 to 1000.
static unsigned weight_of(struct parse *parse, const struct node *of) {
    struct node node = node_member(parse, of, "weight");
    int64_t weight = 0;
    node_int(parse, &node, 0, 1000, &weight);
    if (weight != 0 && weight < 10) node_wrong(parse, &node, "must be between 10 and 1000");
    return (unsigned)weight;
}

static void refuse_leaf(struct parse *parse, const struct node *of) {
    struct node node = node_member(parse, of, "leafWeight");
    int64_t weight = 0;
    node_int(parse, &node, 0, INT32_MAX, &weight);
    if (weight != 0) node_wrong(parse, &node, "can't be kept: cgroup v2 has no weight of leaves");
}

static void parse_throttle(struct parse *parse, const struct node *io, const char *list, const char *key, const char *member,
                           struct cgroup_resources *out) {
    struct node devices = node_member(parse, io, list);
    size_t count = node_count(parse, &devices, MAX_ITEMS);
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(&devices, i), rate = node_member(parse, &item, "rate");
        unsigned major = device_number(parse, &item, "major"), minor = device_number(parse, &item, "minor");
        uint64_t number = 0;
        node_u64(parse, &rate, &number);
        char *text = number == 0 ? arena_print(parse->arena, "%u:%u %s=max", major, minor, key)
                                 : arena_print(parse->arena, "%u:%u %s=%llu", major, minor, key, (unsigned long long)number);
        resources_add(parse, out, CGROUP_PLAIN, "io.max", text, member);
    }
}

void config_resources_io(struct parse *parse, const struct node *io, struct cgroup_resources *out) {
    struct node devices = node_member(parse, io, "weightDevice");
    unsigned weight = weight_of(parse, io);
    size_t count = node_count(parse, &devices, MAX_ITEMS);
    refuse_leaf(parse, io);
    if (weight != 0) resources_add(parse, out, CGROUP_WEIGHT, "io.weight", arena_print(parse->arena, "%u", weight), "blockIO.weight");
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(&devices, i);
        unsigned major = device_number(parse, &item, "major"), minor = device_number(parse, &item, "minor");
        refuse_leaf(parse, &item);
        weight = weight_of(parse, &item);
        char *text = arena_print(parse->arena, "%u:%u %u", major, minor, weight);
        if (weight != 0) resources_add(parse, out, CGROUP_WEIGHT, "io.weight", text, "blockIO.weightDevice");
    }
    parse_throttle(parse, io, "throttleReadBpsDevice", "rbps", "blockIO.throttleReadBpsDevice", out);
    parse_throttle(parse, io, "throttleWriteBpsDevice", "wbps", "blockIO.throttleWriteBpsDevice", out);
    parse_throttle(parse, io, "throttleReadIOPSDevice", "riops", "blockIO.throttleReadIOPSDevice", out);
    parse_throttle(parse, io, "throttleWriteIOPSDevice", "wiops", "blockIO.throttleWriteIOPSDevice", out);
}

static bool page_size(const char *text) {
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    return digits > 0 && digits < 8 && (strcmp(unit, "KB") == 0 || strcmp(unit, "MB") == 0 || strcmp(unit, "GB") == 0);
}

void config_resources_hugepages(struct parse *parse, const struct node *pages, struct cgroup_resources *out) {
    size_t count = node_count(parse, pages, MAX_ITEMS);
    for (size_t i = 0; i < count && !parse->failed; i++) {
        struct node item = node_item(pages, i), size = node_member(parse, &item, "pageSize"), limit = node_member(parse, &item, "limit");
        const char *name = "";
        uint64_t number = 0;
        node_string(parse, &size, &name);
        node_u64(parse, &limit, &number);
        if (!parse->failed && !page_size(name)) return node_wrong(parse, &size, "must be like 2MB");
        char *value = arena_print(parse->arena, "%llu", (unsigned long long)number);
        char *file = arena_print(parse->arena, "hugetlb.%s.max", name), *reserved = arena_print(parse->arena, "hugetlb.%s.rsvd.max", name);
        if (parse_memory(parse, file) == NULL || parse_memory(parse, reserved) == NULL) return;
        resources_add(parse, out, CGROUP_PLAIN, file, value, "hugepageLimits");
        resources_add(parse, out, CGROUP_OPTIONAL, reserved, value, "hugepageLimits");
    }
}

static void parse_rdma_count(struct parse *parse, const struct node *item, const char *member, const char *device, const char *key,
                             struct cgroup_resources *out) {
    struct node node = node_member(parse, item, member);
    int64_t number = 0;
    node_int(parse, &node, 0, UINT32_MAX, &number);
    if (node.value == NULL || parse->failed) return;
    resources_add(parse, out, CGROUP_PLAIN, "rdma.max", arena_print(parse->arena, "%s %s=%lld", device, key, (long long)number), "rdma");
}

// Members of an object as items; an absent one has none.
static bool is_map(struct parse *parse, const struct node *node) {
    if (node->value == NULL || parse->failed) return false;
    if (!json_object_is_type(node->value, json_type_object)) return node_wrong(parse, node, "must be an object"), false;
    if (json_object_object_length(node->value) > MAX_ITEMS) return node_wrong(parse, node, "more than %d items", MAX_ITEMS), false;
    return true;
}

void config_resources_rdma(struct parse *parse, const struct node *rdma, struct cgroup_resources *out) {
    if (!is_map(parse, rdma)) return;
    json_object_object_foreach(rdma->value, key, value) {
        struct node item = {.parent = rdma, .key = key, .value = value};
        if (key[0] == '\0' || strpbrk(key, " \n/=") != NULL) return node_wrong(parse, &item, "not a name of a device");
        parse_rdma_count(parse, &item, "hcaHandles", key, "hca_handle", out);
        parse_rdma_count(parse, &item, "hcaObjects", key, "hca_object", out);
    }
}

static const char *const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

void config_resources_unified(struct parse *parse, const struct node *unified, struct cgroup_resources *out) {
    if (!is_map(parse, unified)) return;
    json_object_object_foreach(unified->value, key, value) {
        struct node item = {.parent = unified, .key = key, .value = value};
        const char *text = "", *dot = strchr(key, '.');
        if (dot == NULL || dot == key || strlen(key) > 128 || strspn(key, letters) != strlen(key))
            return node_wrong(parse, &item, "not a name of a control file");
        if (strncmp(key, "cgroup.", 7) == 0) return node_wrong(parse, &item, "manages the cgroup itself and sets no limit");
        node_string(parse, &item, &text);
        char *file = parse_memory(parse, arena_string(parse->arena, key));
        // The kernel takes one line with each write.
        while (file != NULL && *text != '\0' && !parse->failed) {
            size_t length = strcspn(text, "\n");
            if (length > 0) resources_add(parse, out, CGROUP_PLAIN, file, arena_print(parse->arena, "%.*s", (int)length, text), "unified");
            text += length + (text[length] == '\n');
        }
    }
}
