/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place where reads of block devices are checked. */
#include "drivers/block/block.h"

#include "lib/bits.h"

enum err block_read(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer)
{
	uint64_t limit = dev->block_count ? dev->block_count : UINT64_MAX;

	if (!range_inside(lba, count, 0, limit))
		return ERR_BLOCK_RANGE;
	return count ? dev->ops->read(dev, lba, count, buffer) : ERR_OK;
}
