/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: any bytes as the two copies of a boot environment. Whatever they say, slots are
 * chosen, attempts counted, and what is written then is an environment that says so; nothing outside
 * of the copies is touched, and the copy that was read stays.
 */
/* sources: spl/env.c spl/env_disk.c spl/slots.c spl/slot_boot.c spl/rollback.c */
/* sources: drivers/block/block.c lib/crc.c lib/err.c */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crc.h"
#include "spl/slot_boot.h"

#define BLOCK 512
#define COPY (2 * BLOCK)

#define require(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

static uint8_t disk[2][COPY];

static enum err read_blocks(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer)
{
	memcpy(buffer, (uint8_t *)disk + lba * BLOCK, (size_t)count * BLOCK);
	return ERR_OK;
}

static enum err write_blocks(struct block_device *dev, uint64_t lba, uint32_t count,
			     const void *buffer)
{
	memcpy((uint8_t *)disk + lba * BLOCK, buffer, (size_t)count * BLOCK);
	return ERR_OK;
}

static const struct block_ops ops = { .read = read_blocks, .write = write_blocks };
static struct block_device device = { .ops = &ops, .block_size = BLOCK, .block_count = 4 };

enum err gpt_find_all(struct block_device *dev, struct gpt_search *searches, unsigned int count)
{
	require(count <= SLOTS_MAX);
	for (unsigned int i = 0; i < count; i++)
		searches[i].err = searches[i].query.name[4] == 'x' ? ERR_GPT_NO_PARTITION : ERR_OK;
	return ERR_OK;
}

static enum err load(void *context, const struct slot *slot, const struct gpt_partition *partition,
		     uint64_t *index)
{
	unsigned int *bad = context;

	require(strlen(slot->name) >= 1 && strlen(slot->name) <= SLOT_NAME_MAX);
	return (*bad)-- ? ERR_FIT_HASH : ERR_OK;
}

static const char *failed(void *context, const struct slot *slot, enum err err, const char *before)
{
	require(!before || strlen(before) < COPY);
	return "because";
}

/* A number that was there is counted down in its place. */
static void check_full(const struct env *env, uint8_t *before, const struct slot *slot)
{
	const struct env old = { .copy = before, .size = COPY };
	char name[24];
	const char *value;

	snprintf(name, sizeof(name), "BOOT_%s_LEFT", slot->name);
	value = before ? env_get(&old, name) : NULL;
	if (slot->ordered && value && *value)
		require(env_get_number(env, name, UINT64_MAX) == slot->left);
}

static void boot(unsigned int bad)
{
	static const struct gpt_partition partition = { .block_count = 4 };
	static const struct env_place place = { .size = COPY };
	static struct slot_boot slots;
	bool one_write = !bad;
	uint8_t before[2][COPY];
	struct slot started;
	bool full;
	int current;

	slots = (struct slot_boot){ .context = &bad, .load = load, .failed = failed };
	memcpy(before, disk, sizeof(disk));
	require(!slot_boot_open(&slots, &device, &partition, &place));
	current = slots.env.current;
	if (slot_boot(&slots))
		return;
	require(!slots.env_err || slots.env_err == ERR_ENV_DAMAGED ||
		slots.env_err == ERR_ENV_FULL);
	if (current >= 0 && one_write)
		require(!memcmp(before[current], disk[current], COPY));
	full = slots.env_err == ERR_ENV_FULL;
	started = *slots.slot;
	require(!slot_boot_open(&slots, &device, &partition, &place));
	require(!slots.env_err);
	if (full)
		check_full(&slots.env.env, current >= 0 ? before[current] : NULL, &started);
	else
		require(slots.slots.last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size / 2;

	memset(disk, 0, sizeof(disk));
	for (unsigned int i = 0; i < 2; i++) {
		size_t length = half < COPY - 4 ? half : COPY - 4;
		uint32_t crc;

		memcpy(disk[i] + 4, data + i * half, length);
		/* A fuzzer does not find a CRC; every fourth one stays wrong. */
		crc = crc32_ieee(0, disk[i] + 5, COPY - 5) ^ (disk[i][COPY - 1] % 4 == 3);
		memcpy(disk[i], &crc, 4);
	}
	for (unsigned int bad = 0; bad <= SLOTS_MAX; bad++)
		boot(bad % 3);
	return 0;
}
