/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: any bytes as a disk with a partition table. The checksums of the headers and the
 * entries are put right, else nothing would be seen of what is behind them.
 */
/* sources: drivers/block/gpt.c drivers/block/block.c lib/crc.c lib/err.c */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/block/gpt.h"
#include "lib/bits.h"
#include "lib/crc.h"

#define BLOCK 512
#define HEADER_SIZE 12
#define HEADER_CRC 16
#define ENTRIES_LBA 72
#define ENTRY_COUNT 80
#define ENTRY_SIZE 84
#define ENTRIES_CRC 88

#define require(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

struct disk {
	struct block_device device;
	uint8_t *bytes;
	size_t blocks;
};

static enum err read_blocks(struct block_device *device, uint64_t lba, uint32_t count, void *buffer)
{
	const struct disk *disk = device->driver;

	if (!range_inside(lba, count, 0, disk->blocks))
		return ERR_TIMEOUT;
	memcpy(buffer, disk->bytes + lba * BLOCK, (size_t)count * BLOCK);
	return ERR_OK;
}

static void store_le32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static void fix_checksums(const struct disk *disk, size_t lba)
{
	uint8_t *header = disk->bytes + lba * BLOCK;
	uint64_t entries = load_le64(header + ENTRIES_LBA);
	uint64_t size = (uint64_t)load_le32(header + ENTRY_COUNT) * load_le32(header + ENTRY_SIZE);
	uint32_t header_size = load_le32(header + HEADER_SIZE);

	if (entries < disk->blocks && range_inside(entries * BLOCK, size, 0, disk->blocks * BLOCK))
		store_le32(header + ENTRIES_CRC,
			   crc32_ieee(0, disk->bytes + entries * BLOCK, size));
	if (header_size > BLOCK)
		return;
	store_le32(header + HEADER_CRC, 0);
	store_le32(header + HEADER_CRC, crc32_ieee(0, header, header_size));
}

/* Of the first table one partition has these blocks, and no other any of them. */
static void require_nothing_overlaps(const struct disk *disk, const struct gpt_partition *partition)
{
	static const uint8_t unused[16];
	const uint8_t *header = disk->bytes + BLOCK;
	const uint8_t *entry = disk->bytes + load_le64(header + ENTRIES_LBA) * BLOCK;
	uint64_t end = partition->first_lba + partition->block_count;
	unsigned int owners = 0;

	for (uint32_t i = load_le32(header + ENTRY_COUNT); i; i--) {
		if (memcmp(entry, unused, sizeof(unused)) && load_le64(entry + 32) < end &&
		    load_le64(entry + 40) >= partition->first_lba)
			owners++;
		entry += load_le32(header + ENTRY_SIZE);
	}
	require(owners == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct block_ops ops = { .read = read_blocks };
	static const struct gpt_query any;
	struct gpt_partition partition;
	struct disk disk = { .blocks = size / BLOCK };

	if (disk.blocks < 3)
		return 0;
	disk.bytes = malloc(disk.blocks * BLOCK);
	memcpy(disk.bytes, data, disk.blocks * BLOCK);
	fix_checksums(&disk, 1);
	fix_checksums(&disk, disk.blocks - 1);
	for (int known = 0; known < 2; known++) {
		disk.device = (struct block_device){
			.ops = &ops,
			.driver = &disk,
			.name = "fuzzer",
			.block_size = BLOCK,
			.block_count = known ? disk.blocks : 0,
		};
		if (!gpt_find(&disk.device, &any, &partition)) {
			require(partition.block_count);
			require(partition.first_lba + partition.block_count > partition.first_lba);
			require(!known || range_inside(partition.first_lba, partition.block_count,
						       0, disk.blocks));
			require(strlen(partition.name) <= GPT_NAME_MAX);
			if (!partition.from_backup)
				require_nothing_overlaps(&disk, &partition);
		}
	}
	free(disk.bytes);
	return 0;
}
