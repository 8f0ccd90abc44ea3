/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rollback store on a disk. A block of it is, little-endian: magic, version, minimum (64 bits),
 * CRC-32 of these 16 bytes, zeros.
 */
#include "spl/rollback.h"

#include <stdbool.h>

#include "lib/bits.h"
#include "lib/crc.h"
#include "lib/string.h"

#define BLOCK_MAX 4096
#define MAGIC 0x62526c48 /* "HlRb" */
#define VERSION 1

#define MINIMUM 8
#define CRC 16

enum content {
	VALID,
	EMPTY,	 /* never written */
	DAMAGED, /* or cannot be read */
};

struct copy {
	enum content content;
	uint64_t minimum;
};

static uint8_t buffer[BLOCK_MAX] __attribute__((aligned(64)));

static void put_le32(uint8_t *to, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

static bool is_filled_with(uint8_t byte, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (buffer[i] != byte)
			return false;
	}
	return true;
}

/* What the block in the buffer is. */
static struct copy parse(size_t size)
{
	if (load_le32(buffer) == MAGIC && load_le32(buffer + 4) == VERSION &&
	    load_le32(buffer + CRC) == crc32_ieee(0, buffer, CRC))
		return (struct copy){ VALID, load_le64(buffer + MINIMUM) };
	return (struct copy){ is_filled_with(0, size) || is_filled_with(0xff, size) ? EMPTY
										    : DAMAGED,
			      0 };
}

static struct copy read_copy(const struct rollback_store *store, unsigned int i, enum err *err)
{
	*err = block_read(store->block, store->lba[i], 1, buffer);
	return *err ? (struct copy){ DAMAGED, 0 } : parse(store->block->block_size);
}

static enum err write_copy(const struct rollback_store *store, unsigned int i, uint64_t minimum)
{
	struct copy copy;
	enum err err;

	memset(buffer, 0, store->block->block_size);
	put_le32(buffer, MAGIC);
	put_le32(buffer + 4, VERSION);
	put_le32(buffer + MINIMUM, (uint32_t)minimum);
	put_le32(buffer + MINIMUM + 4, (uint32_t)(minimum >> 32));
	put_le32(buffer + CRC, crc32_ieee(0, buffer, CRC));
	err = block_write(store->block, store->lba[i], 1, buffer);
	if (err)
		return err;
	copy = read_copy(store, i, &err);
	if (err)
		return err;
	return copy.content == VALID && copy.minimum == minimum ? ERR_OK : ERR_ROLLBACK_WRITE;
}

/* Two damaged copies are no accident: a power cut damages one, and there is another by then. */
static enum err disk_get(const struct rollback_store *store, uint64_t *minimum)
{
	enum err errs[2];
	struct copy a = read_copy(store, 0, &errs[0]);
	struct copy b = read_copy(store, 1, &errs[1]);

	*minimum = MAX(a.minimum, b.minimum);
	if (a.content != DAMAGED || b.content != DAMAGED)
		return ERR_OK;
	return errs[0] ? errs[0] : errs[1] ? errs[1] : ERR_ROLLBACK_STORE;
}

/* First the copy that says less: the other one stays whole meanwhile. */
static enum err disk_advance(const struct rollback_store *store, uint64_t minimum)
{
	struct copy copies[2];
	unsigned int order[2];
	enum err err = ERR_OK;

	for (unsigned int i = 0; i < 2; i++) {
		enum err ignored;

		copies[i] = read_copy(store, i, &ignored);
	}
	if (copies[0].content != copies[1].content)
		order[0] = copies[0].content < copies[1].content; /* the one that is worse */
	else
		order[0] = copies[0].minimum > copies[1].minimum;
	order[1] = !order[0];
	for (unsigned int i = 0; !err && i < 2; i++) {
		const struct copy *copy = &copies[order[i]];

		if (copy->content != VALID || copy->minimum != minimum)
			err = write_copy(store, order[i], minimum);
	}
	return err;
}

enum err rollback_on_disk(struct rollback_store *store, struct block_device *block,
			  uint64_t first_lba, uint64_t count)
{
	static const struct rollback_ops ops = { .get = disk_get, .advance = disk_advance };

	if (count < 2 || block->block_size > BLOCK_MAX)
		return ERR_INVALID;
	*store = (struct rollback_store){
		.ops = &ops,
		.block = block,
		.lba = { first_lba, first_lba + count - 1 },
	};
	return ERR_OK;
}

enum err rollback_get(const struct rollback_store *store, uint64_t *minimum)
{
	*minimum = 0;
	return store->ops->get(store, minimum);
}

enum err rollback_advance(const struct rollback_store *store, uint64_t minimum)
{
	uint64_t stored;
	enum err err = rollback_get(store, &stored);

	minimum = MAX(minimum, stored);
	return err || !minimum ? err : store->ops->advance(store, minimum);
}
