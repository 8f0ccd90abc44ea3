/* SPDX-License-Identifier: BSD-2-Clause */
/* The one way to read from a source: within its size. */
#include "fit/source.h"

#include "lib/bits.h"

enum err source_read(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	uint64_t size = source->size ? source->size : UINT64_MAX;

	if (!range_inside(offset, length, 0, size))
		return ERR_SOURCE_END;
	return source->read(source, offset, buffer, length);
}
