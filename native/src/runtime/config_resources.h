// Reading the OCI `linux.resources` object (runtime-spec config-linux.md, "Control groups") into settings of cgroup v2.
#ifndef SLIPWAY_CONFIG_RESOURCES_H
#define SLIPWAY_CONFIG_RESOURCES_H

#include "cgroup/resources.h"
#include "json_node.h"

/** Everything goes into the parse's arena. A member that cgroup v2 can't keep is a mistake at its place. */
void config_resources(struct parse *parse, const struct node *resources, struct cgroup_resources *out);

/** Adds a setting; both texts must live as long as the resources. */
void resources_add(struct parse *parse, struct cgroup_resources *out, enum cgroup_setting_kind kind, const char *file,
                   const char *value, const char *member);

/** blockIO, hugepageLimits, rdma and unified (config_resources_more.c). */
void config_resources_io(struct parse *parse, const struct node *io, struct cgroup_resources *out);
void config_resources_hugepages(struct parse *parse, const struct node *pages, struct cgroup_resources *out);
void config_resources_rdma(struct parse *parse, const struct node *rdma, struct cgroup_resources *out);
void config_resources_unified(struct parse *parse, const struct node *unified, struct cgroup_resources *out);

#endif
