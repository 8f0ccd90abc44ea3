/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a flattened device tree in one pass (Devicetree Specification v0.4, chapter 5). A stage
 * walks its DTB once, copies what it needs into a description of its own, and never looks again.
 * The blob is not trusted: every offset is checked before it is followed, depth is bounded, and
 * nothing is written. Editing a DTB is libfdt's work.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define DT_MAX_DEPTH 16

/* A checked DTB header. */
struct dt {
	const uint8_t *structure;
	const char *strings;
	uint32_t structure_size;
	uint32_t strings_size;
	uint32_t total_size;
};

/*
 * A node while it is visited; it and its parents live only as long as that visit. Property values
 * and names point into the blob and live as long as the blob does.
 */
struct dt_node {
	const struct dt_node *parent; /* NULL: this is the root */
	const struct dt *dt;
	const char *name; /* with unit address; "" for the root */
	const uint8_t *first_prop;
	uint32_t offset;       /* libfdt's node offset */
	uint8_t depth;	       /* root: 0 */
	uint8_t address_cells; /* of its children's reg; default 2 */
	uint8_t size_cells;    /* of its children's reg; default 1 */
};

/* Checks the header of @blob; reads at most @max bytes. ERR_DT_HEADER, ERR_DT_TRUNCATED. */
enum err dt_open(struct dt *dt, const void *blob, size_t max);

/*
 * Visits all nodes, parents before children, in the order of the blob. Stops at the first error,
 * the visitor's or ERR_DT_STRUCTURE / ERR_DT_DEPTH, and returns it.
 */
typedef enum err (*dt_visit_fn)(const struct dt_node *node, void *context);
enum err dt_walk(const struct dt *dt, dt_visit_fn visit, void *context);

/*
 * After a walk without errors: the node at @offset, which is that of one that was visited. Only its own
 * properties can be asked for.
 */
void dt_node_at(const struct dt *dt, uint32_t offset, struct dt_node *node);

/*
 * The value of property @name and its length in bytes; NULL when there is none. Here and below @name is a
 * constant: during a walk the same address is taken for the same name.
 */
const void *dt_prop(const struct dt_node *node, const char *name, uint32_t *length);
bool dt_has_prop(const struct dt_node *node, const char *name);

/* A property that is one cell; false and @value untouched when absent or of another length. */
bool dt_prop_u32(const struct dt_node *node, const char *name, uint32_t *value);

/* A property that is a number of one or two cells. */
bool dt_prop_number(const struct dt_node *node, const char *name, uint64_t *value);

/* A NUL-terminated string property; NULL when absent or not terminated. */
const char *dt_prop_string(const struct dt_node *node, const char *name);

/* The string list @name contains @string. */
bool dt_prop_has_string(const struct dt_node *node, const char *name, const char *string);
bool dt_is_compatible(const struct dt_node *node, const char *compatible);

/* The index of the first name in @list, NULL-terminated, that the node is compatible with; -1: none. */
int dt_match(const struct dt_node *node, const char *const *list);

/* No status, "okay" or "ok". */
bool dt_is_enabled(const struct dt_node *node);

/* The node's name without unit address is @name. */
bool dt_name_is(const struct dt_node *node, const char *name);

/* The phandle of @node; 0 when it has none. */
uint32_t dt_phandle(const struct dt_node *node);

/*
 * The @index-th address and size of `reg`, translated to a CPU address through the `ranges` of all
 * parents. ERR_NOT_FOUND past the last, ERR_RANGE when it wraps or no `ranges` covers it.
 */
enum err dt_reg(const struct dt_node *node, unsigned int index, uint64_t *address, uint64_t *size);

/* As dt_reg(), without translation: for `reg` that is not a CPU address (harts, I2C). */
enum err dt_reg_raw(const struct dt_node *node, unsigned int index, uint64_t *address,
		    uint64_t *size);

/*
 * Turns an address on @bus, the parent of the node that it belongs to, into a CPU address through the
 * `ranges` of @bus and its parents. ERR_RANGE as dt_reg().
 */
enum err dt_translate(const struct dt_node *bus, uint64_t *address, uint64_t size);

/*
 * The path of a node, kept beyond its visit, to compare with paths that come from elsewhere in the
 * tree (stdout-path).
 */
struct dt_path {
	const char *names[DT_MAX_DEPTH];
	uint8_t depth;
};

void dt_path_of(const struct dt_node *node, struct dt_path *path);

/* @text is "/soc/serial@10000000", optionally followed by ":options". */
bool dt_path_is(const struct dt_path *path, const char *text);
