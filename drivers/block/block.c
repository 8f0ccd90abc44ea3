/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place where accesses to block devices are checked. */
#include "drivers/block/block.h"

#include "lib/bits.h"

static bool has_blocks(const struct block_device *dev, uint64_t lba, uint32_t count)
{
	return range_inside(lba, count, 0, dev->block_count ? dev->block_count : UINT64_MAX);
}

enum err block_read(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer)
{
	if (!has_blocks(dev, lba, count))
		return ERR_BLOCK_RANGE;
	return count ? dev->ops->read(dev, lba, count, buffer) : ERR_OK;
}

enum err block_write(struct block_device *dev, uint64_t lba, uint32_t count, const void *buffer)
{
	if (!dev->ops->write)
		return ERR_BLOCK_READ_ONLY;
	if (!has_blocks(dev, lba, count))
		return ERR_BLOCK_RANGE;
	return count ? dev->ops->write(dev, lba, count, buffer) : ERR_OK;
}
