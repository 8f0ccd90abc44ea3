/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: any bytes as the tree of a FIT. What is accepted is a tree by libfdt's own
 * standards, and no name in it could be taken for another.
 */
/* sources: FIT_SOURCES UNPACK_SOURCES HASH_SOURCES FIT_LIBFDT_SOURCES dtc/libfdt/fdt_check.c */
/* sources: lib/crc.c lib/dt.c lib/err.c lib/meanwhile.c lib/strtoul.c */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "fit/tree.h"
#include "lib/bits.h"

#define require(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

struct bytes {
	struct source source;
	const uint8_t *data;
	size_t size;
};

static enum err read_bytes(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	const struct bytes *bytes = (const struct bytes *)source;

	if (!range_inside(offset, length, 0, bytes->size))
		return ERR_BLOCK_RANGE;
	memcpy(buffer, bytes->data + offset, length);
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(64) uint8_t metadata[0x3000];
	struct bytes bytes = { { read_bytes, size, "fuzzer" }, data, size };
	struct fit fit;
	int node, depth = 0;

	if (fit_open(&fit, &bytes.source, metadata, sizeof(metadata)))
		return 0;
	require(!fdt_check_full(fit.tree, sizeof(metadata)));
	require(!*fdt_get_name(fit.tree, 0, NULL));
	for (node = fdt_next_node(fit.tree, 0, &depth); node >= 0 && depth > 0;
	     node = fdt_next_node(fit.tree, node, &depth)) {
		const char *name = fdt_get_name(fit.tree, node, NULL);
		int parent = fdt_parent_offset(fit.tree, node);

		require(depth < TREE_MAX_DEPTH && *name && !strpbrk(name, "@/ "));
		require(fdt_subnode_offset(fit.tree, parent, name) == node);
	}
	return 0;
}
