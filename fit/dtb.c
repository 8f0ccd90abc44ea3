/* SPDX-License-Identifier: BSD-2-Clause */
/* A look into a DTB that has not been loaded yet (Devicetree Specification v0.4, chapter 5). */
#include "fit/dtb.h"

#include <libfdt.h>
#include <stdbool.h>

#include "lib/bits.h"
#include "lib/string.h"

#define PROPERTIES_START 8 /* behind the root's token and empty name */
#define PROPERTY_HEADER 12

struct dtb {
	struct source *source;
	uint64_t position;
	uint64_t size;
};

static bool read(const struct dtb *dtb, uint64_t offset, void *buffer, size_t length)
{
	return range_inside(offset, length, 0, dtb->size) &&
	       !source_read(dtb->source, dtb->position + offset, buffer, length);
}

const char *dtb_compatible(struct source *source, uint64_t position, uint64_t size,
			   uint8_t buffer[DTB_COMPATIBLE_BUFFER], int *list_size)
{
	static const char wanted[] = "compatible";
	const struct dtb dtb = { source, position, size };
	struct fdt_header header;
	size_t end, at = PROPERTIES_START;

	if (!read(&dtb, 0, &header, sizeof(header)) || fdt_magic(&header) != FDT_MAGIC)
		return NULL;
	end = MIN(fdt_size_dt_struct(&header), DTB_COMPATIBLE_BUFFER);
	if (!read(&dtb, fdt_off_dt_struct(&header), buffer, end))
		return NULL;

	while (at + PROPERTY_HEADER <= end && load_be32(buffer + at) == FDT_PROP) {
		uint32_t length = load_be32(buffer + at + 4);
		uint64_t name = (uint64_t)fdt_off_dt_strings(&header) + load_be32(buffer + at + 8);
		char text[sizeof(wanted)];

		at += PROPERTY_HEADER;
		if (length > end - at)
			break;
		if (read(&dtb, name, text, sizeof(text)) && !memcmp(text, wanted, sizeof(text))) {
			*list_size = (int)length;
			return (const char *)buffer + at;
		}
		at += align_up(length, 4);
	}
	return NULL;
}
