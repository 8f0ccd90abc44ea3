/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer target: any bytes as an overlay, over a base that they also bring, or over a good one. */
/* sources: fit/overlay.c lib/dt.c lib/err.c lib/strtoul.c FIT_LIBFDT_SOURCES dtc/libfdt/fdt_sw.c */
/* sources: dtc/libfdt/fdt_check.c */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "fit/overlay.h"

#define BASE_SIZE 1024
#define ROOM 0x1000

#define require(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

/* A node that overlays can name, as `dtc -@` makes it. */
static const uint8_t *good_base(void)
{
	static uint8_t base[BASE_SIZE];

	if (!fdt_check_header(base))
		return base;
	fdt_create(base, sizeof(base));
	fdt_finish_reservemap(base);
	fdt_begin_node(base, "");
	fdt_property_string(base, "compatible", "vendor,board");
	fdt_begin_node(base, "led");
	fdt_property_u32(base, "phandle", 1);
	fdt_end_node(base);
	fdt_begin_node(base, "__symbols__");
	fdt_property_string(base, "led", "/led");
	fdt_end_node(base);
	fdt_end_node(base);
	require(!fdt_finish(base));
	return base;
}

/* On the heap, at its exact size: what goes beyond it is seen. */
static void apply(const uint8_t *base, size_t base_size, const uint8_t *overlay, size_t size)
{
	size_t capacity = base_size + size + ROOM;
	uint8_t *to = calloc(1, capacity), *from = malloc(size + 1);

	memcpy(to, base, base_size);
	memcpy(from, overlay, size);
	if (!overlay_apply(to, capacity, from, size))
		require(!fdt_check_full(to, capacity));
	free(to);
	free(from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	apply(good_base(), fdt_totalsize(good_base()), data, size);
	apply(data, size / 2, data + size / 2, size - size / 2);
	return 0;
}
