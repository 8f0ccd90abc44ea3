/* SPDX-License-Identifier: BSD-2-Clause */
/* Building a device tree in a test, with libfdt's sequential writer. */
#pragma once

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include <libfdt.h>

static uint64_t dtb_words[4096];
#define dtb ((uint8_t *)dtb_words)

static inline void dtb_begin(void)
{
	memset(dtb_words, 0, sizeof(dtb_words));
	assert(!fdt_create(dtb, sizeof(dtb_words)) && !fdt_finish_reservemap(dtb));
	assert(!fdt_begin_node(dtb, ""));
}

static inline void dtb_finish(void)
{
	assert(!fdt_end_node(dtb) && !fdt_finish(dtb));
}

static inline void dtb_cells(const char *name, const uint32_t *values, size_t count)
{
	uint32_t big_endian[64];

	assert(count <= 64);
	for (size_t i = 0; i < count; i++)
		big_endian[i] = cpu_to_fdt32(values[i]);
	assert(!fdt_property(dtb, name, big_endian, (int)count * 4));
}

#define DTB_CELLS(name, ...) \
	dtb_cells(name, (const uint32_t[]){ __VA_ARGS__ }, \
		  sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))
#define DTB_STRING(name, text) assert(!fdt_property_string(dtb, name, text))
#define DTB_NODE(name) assert(!fdt_begin_node(dtb, name))
#define DTB_END() assert(!fdt_end_node(dtb))
