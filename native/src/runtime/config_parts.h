// The parsers of the parts of config.json, each in the file of its name. Only config.c calls them.
#ifndef SLIPWAY_CONFIG_PARTS_H
#define SLIPWAY_CONFIG_PARTS_H

#include "json_node.h"
#include "plan.h"

void config_process(struct parse *parse, const struct node *node, struct plan_process *process);
void config_mounts(struct parse *parse, const struct node *node, struct plan *plan);
void config_linux(struct parse *parse, const struct node *node, struct plan *plan);
void config_process_attributes(struct parse *parse, const struct node *node, struct plan_process *process);
void config_personality(struct parse *parse, const struct node *node, struct plan *plan);
void config_time_offsets(struct parse *parse, const struct node *node, struct plan *plan);
void config_rdt(struct parse *parse, const struct node *node, struct plan *plan);
/** After the mounts, which get the label as an option. */
void config_mount_label(struct parse *parse, const struct node *node, struct plan *plan);
void config_hooks(struct parse *parse, const struct node *node, struct plan_hooks *hooks);
/** The user named by the annotations of `of`, config.json itself or an exec's process object. */
void config_user(struct parse *parse, const struct node *of, struct plan_process *process);
/** `uidMappings` and `gidMappings` of `of`: both or none. */
void config_id_maps(struct parse *parse, const struct node *of, struct plan_id_maps *out);
/** A path that must be absolute. */
void config_absolute(struct parse *parse, const struct node *node, const char **out);
/** `shared`, `rprivate` …: MS_ flag (0 when unknown) and whether it goes for everything below. */
uint64_t config_propagation(const char *name, bool *recursive);

#endif
