/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a FIT from memory. source_read() has checked the range. */
#include "spl/mapped.h"

#include <stddef.h>

#include "lib/string.h"

static enum err mapped_read(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	const struct mapped *mapped =
		(const struct mapped *)((char *)source - offsetof(struct mapped, source));

	memcpy(buffer, (const void *)(mapped->base + offset), length);
	return ERR_OK;
}

void mapped_open(struct mapped *mapped, uintptr_t base, uint64_t size, const char *name)
{
	*mapped = (struct mapped){
		.source = { .read = mapped_read, .size = size, .name = name },
		.base = base,
	};
}
