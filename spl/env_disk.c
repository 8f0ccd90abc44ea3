/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing a redundant boot environment, block by block. */
#include "spl/env_disk.h"

#include "lib/bits.h"
#include "lib/string.h"

#define BLOCK_MAX 4096

static uint32_t blocks_of_copy(const struct env_disk *disk)
{
	return (uint32_t)disk->env.size / disk->block->block_size;
}

/* Copy @which into disk->env; ERR_ENV_DAMAGED when it is not whole. */
static enum err read_copy(struct env_disk *disk, unsigned int which)
{
	enum err err =
		block_read(disk->block, disk->first_lba[which], blocks_of_copy(disk), disk->copy);

	if (err)
		return err;
	return env_is_whole(&disk->env) ? ERR_OK : ERR_ENV_DAMAGED;
}

static bool place_is_usable(const struct env_disk *disk)
{
	uint32_t block_size = disk->block->block_size;

	return block_size <= BLOCK_MAX && disk->env.size >= ENV_SIZE_MIN &&
	       disk->env.size <= ENV_DISK_SIZE_MAX && disk->env.size % block_size == 0 &&
	       !ranges_overlap(disk->first_lba[0], blocks_of_copy(disk), disk->first_lba[1],
			       blocks_of_copy(disk));
}

enum err env_disk_open(struct env_disk *disk, struct block_device *block,
		       const uint64_t first_lba[2], uint32_t size)
{
	enum err errs[2];
	uint8_t flags[2];
	unsigned int newer;

	disk->env = (struct env){ .copy = disk->copy, .size = size };
	disk->block = block;
	disk->current = -1;
	disk->flags = 0;
	memcpy(disk->first_lba, first_lba, sizeof(disk->first_lba));
	if (!place_is_usable(disk))
		return ERR_ENV_PLACE;
	for (unsigned int i = 0; i < 2; i++) {
		errs[i] = read_copy(disk, i);
		flags[i] = env_flags(&disk->env);
	}
	newer = !errs[0] && !errs[1] ? env_newer(flags[0], flags[1]) : !errs[1];
	/* Copy 1 has taken the place of copy 0, which may look different the second time. */
	if (newer == 0 && !errs[0])
		errs[0] = read_copy(disk, 0);
	if (newer == 0 && errs[0] && !errs[1]) {
		newer = 1;
		errs[1] = read_copy(disk, 1);
	}
	if (errs[newer]) {
		env_clear(&disk->env);
		return errs[newer];
	}
	disk->current = (int)newer;
	disk->flags = env_flags(&disk->env);
	return ERR_OK;
}

/* One block, unless it is on the disk already: most writes change but the first one. */
static enum err write_block(struct env_disk *disk, uint64_t lba, const uint8_t *bytes)
{
	static uint8_t on_disk[BLOCK_MAX] __attribute__((aligned(64)));
	uint32_t size = disk->block->block_size;
	enum err err = block_read(disk->block, lba, 1, on_disk);

	if (!err && !memcmp(on_disk, bytes, size))
		return ERR_OK;
	err = block_write(disk->block, lba, 1, bytes);
	if (!err)
		err = block_read(disk->block, lba, 1, on_disk);
	if (err)
		return err;
	return memcmp(on_disk, bytes, size) ? ERR_ENV_WRITE : ERR_OK;
}

enum err env_disk_save(struct env_disk *disk)
{
	unsigned int target = disk->current == 0;
	uint8_t flags = (uint8_t)(disk->flags + 1);
	enum err err = ERR_OK;

	env_seal(&disk->env, flags);
	for (uint32_t i = 0; !err && i < blocks_of_copy(disk); i++)
		err = write_block(disk, disk->first_lba[target] + i,
				  disk->copy + (size_t)i * disk->block->block_size);
	if (err)
		return err;
	disk->current = (int)target;
	disk->flags = flags;
	return ERR_OK;
}
