/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading bytes from a device of blocks. */
#include "spl/disk.h"

#include "drivers/block/gpt.h"
#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/string.h"

#define SECTOR_SIZE 512
#define FIT_SECTOR 2082
#define BULK_MAX 0x100000U /* bytes in one request */

/* 2E54B353-1271-4842-806F-E436D6AF6985, as it lies on the disk. */
static const struct guid fit_type = { { 0x53, 0xb3, 0x54, 0x2e, 0x71, 0x12, 0x42, 0x48, 0x80, 0x6f,
					0xe4, 0x36, 0xd6, 0xaf, 0x69, 0x85 } };

static struct disk *disk_of(struct source *source)
{
	return (struct disk *)((char *)source - offsetof(struct disk, source));
}

/* Part of one block. */
static enum err read_part(struct disk *disk, uint64_t lba, size_t skip, uint8_t *buffer,
			  size_t length)
{
	if (disk->cached != lba + 1) {
		enum err err;

		disk->cached = 0;
		err = block_read(disk->block, lba, 1, disk->cache);
		if (err)
			return err;
		disk->cached = lba + 1;
	}
	memcpy(buffer, disk->cache + skip, length);
	return ERR_OK;
}

/* Whole blocks go to their destination without a stop. */
static enum err disk_read(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	struct disk *disk = disk_of(source);
	uint32_t size = disk->block->block_size;
	uint64_t at = disk->start + offset;
	uint8_t *to = buffer;
	enum err err = ERR_OK;

	if (at < offset)
		return ERR_BLOCK_RANGE;
	while (length && !err) {
		size_t skip = at & (size - 1);
		size_t step = MIN(length, (size_t)BULK_MAX);

		if (skip || step < size) {
			step = MIN(step, size - skip);
			err = read_part(disk, at / size, skip, to, step);
		} else {
			step = align_down(step, size);
			err = block_read(disk->block, at / size, (uint32_t)(step / size), to);
		}
		at += step;
		to += step;
		length -= step;
	}
	return err;
}

enum err disk_open(struct disk *disk, struct block_device *block)
{
	const struct gpt_query query = { .type = &fit_type };
	struct gpt_partition partition;
	enum err err;

	disk->source = (struct source){ .read = disk_read, .name = block->name };
	disk->block = block;
	disk->cached = 0;
	if (block->block_size > DISK_BLOCK_MAX)
		return ERR_UNSUPPORTED;

	err = gpt_find(block, &query, &partition);
	if (!err) {
		if (partition.from_backup)
			printf("  the first partition table is damaged, the backup is used\n");
		disk->start = partition.first_lba * block->block_size;
		disk->source.size = partition.block_count * block->block_size;
		return ERR_OK;
	}
	if (err < ERR_GPT_NONE || err > ERR_GPT_PARTITION)
		return err;
	printf("  E%03d %s; looking at sector %u\n", err, err_text(err), FIT_SECTOR);
	disk->start = FIT_SECTOR * SECTOR_SIZE;
	if (block->block_count) {
		uint64_t bytes = block->block_count * block->block_size;

		if (bytes <= disk->start)
			return ERR_BLOCK_RANGE;
		disk->source.size = bytes - disk->start;
	}
	return ERR_OK;
}
