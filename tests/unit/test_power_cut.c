/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A board with two slots, its update system and its power supply. The model card sees each block that
 * is written, by the SPL's code or by the OS's, and keeps what the card could hold if the power failed
 * just then: the block as it was, as it was to be, a part of it, garbage, nothing. From each of these
 * cards the board must boot a slot that verifies, go on with the update, and end where it should; and
 * from each card on the way of that. All cuts, two deep.
 */
/* sources: spl/env.c spl/env_disk.c spl/slots.c spl/slot_boot.c spl/rollback.c lib/crc.c lib/err.c */
/* sources: drivers/block/block.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/crc.h"
#include "spl/slot_boot.h"

#define BLOCK 512
#define DEPTH 2 /* power cuts in a row */

/* The card, in blocks */
#define ENV_FIRST 0
#define ENV_BLOCKS 2 /* of a copy */
#define SLOT_FIRST_BLOCK 4
#define SLOT_BLOCKS 3
#define ROLLBACK_FIRST 10
#define BLOCKS 12

#define TARGET 3
#define MAX_BOOTS 24
#define ATTEMPTS "3"

/* A card, and what the board has promised since: the lowest index that may run does not go back. */
struct state {
	uint8_t card[BLOCKS][BLOCK];
	uint64_t minimum;
};

enum tear {
	NOTHING,
	EVERYTHING,
	CRC_ONLY, /* of an environment, without the flags */
	HEAD,
	TAIL,
	GARBAGE,
	ERASED,
	TEARS,
};

static struct state now;
static bool broken; /* the last version hangs */

/* What a cut may leave behind, to be started from later; no card twice. */
static struct state *found;
static size_t found_count, found_room;
static uint32_t *table;
static size_t table_size;
static bool collecting;

static uint32_t hash_of(const struct state *state)
{
	return crc32_ieee(0, state, sizeof(*state));
}

static void remember(const struct state *state)
{
	uint32_t at = hash_of(state) * 0x9e3779b1 % table_size;

	for (; table[at]; at = (at + 1) % table_size) {
		if (!memcmp(&found[table[at] - 1], state, sizeof(*state)))
			return;
	}
	if (found_count == found_room) {
		found_room = found_room ? 2 * found_room : 64;
		found = realloc(found, found_room * sizeof(*found));
		assert_non_null(found);
	}
	found[found_count++] = *state;
	table[at] = (uint32_t)found_count;
	assert_true(found_count < table_size / 2);
}

static void tear_block(uint8_t *block, const uint8_t *new, enum tear tear)
{
	switch (tear) {
	case EVERYTHING:
		memcpy(block, new, BLOCK);
		break;
	case CRC_ONLY:
		memcpy(block, new, 4);
		break;
	case HEAD:
		memcpy(block, new, BLOCK / 2);
		break;
	case TAIL:
		memcpy(block + BLOCK / 2, new + BLOCK / 2, BLOCK / 2);
		break;
	case GARBAGE:
		for (unsigned int i = 0; i < BLOCK; i++)
			block[i] = (uint8_t)(i * 151 + 77);
		break;
	case ERASED:
		memset(block, 0xff, BLOCK);
		break;
	default:
		break;
	}
}

static void write_one(uint64_t lba, const uint8_t *new)
{
	assert_true(lba < BLOCKS);
	for (enum tear tear = NOTHING; collecting && tear < TEARS; tear++) {
		struct state torn = now;

		tear_block(torn.card[lba], new, tear);
		remember(&torn);
	}
	memcpy(now.card[lba], new, BLOCK);
}

static enum err card_read(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer)
{
	(void)dev;
	memcpy(buffer, now.card[lba], (size_t)count * BLOCK);
	return ERR_OK;
}

static enum err card_write(struct block_device *dev, uint64_t lba, uint32_t count,
			   const void *buffer)
{
	(void)dev;
	for (uint32_t i = 0; i < count; i++)
		write_one(lba + i, (const uint8_t *)buffer + (size_t)i * BLOCK);
	return ERR_OK;
}

static const struct block_ops card_ops = { .read = card_read, .write = card_write };
static struct block_device card = { .ops = &card_ops, .block_size = BLOCK, .block_count = BLOCKS };

/* A partition table is never written, so it needs no model. */
enum err gpt_find_all(struct block_device *disk, struct gpt_search *searches, unsigned int count)
{
	assert_ptr_equal(disk, &card);
	for (unsigned int i = 0; i < count; i++) {
		const char *name = searches[i].query.name;
		bool exists = !strcmp(name, "fit-a") || !strcmp(name, "fit-b");

		searches[i].err = exists ? ERR_OK : ERR_GPT_NO_PARTITION;
		searches[i].partition.first_lba =
			(uint64_t)(SLOT_FIRST_BLOCK + (name[4] == 'b' ? SLOT_BLOCKS : 0));
		searches[i].partition.block_count = SLOT_BLOCKS;
	}
	return ERR_OK;
}

/* The image of a version: its number, what depends on it, a CRC in place of a signature. */
static void make_image(uint8_t *image, unsigned int version)
{
	uint32_t crc;

	for (unsigned int i = 0; i < SLOT_BLOCKS * BLOCK; i++)
		image[i] = (uint8_t)(i * version + version);
	crc = crc32_ieee(0, image, SLOT_BLOCKS * BLOCK - 4);
	memcpy(image + SLOT_BLOCKS * BLOCK - 4, &crc, 4);
}

/* What is in a slot; 0 when it does not verify. */
static unsigned int version_at(uint64_t lba)
{
	const uint8_t *image = now.card[lba];
	uint32_t crc = crc32_ieee(0, image, SLOT_BLOCKS * BLOCK - 4);

	return memcmp(image + SLOT_BLOCKS * BLOCK - 4, &crc, 4) ? 0 : image[0];
}

static uint64_t lba_of(char slot)
{
	return SLOT_FIRST_BLOCK + (slot == 'B' ? SLOT_BLOCKS : 0);
}

/* The update system's side: the environment as libubootenv reads and writes it, garbage and all. */
#define TEXT_SIZE (ENV_BLOCKS * BLOCK - 5)

static unsigned int current_copy(void)
{
	bool whole[2];
	uint8_t flags[2];

	for (unsigned int i = 0; i < 2; i++) {
		const uint8_t *copy = now.card[ENV_FIRST + i * ENV_BLOCKS];

		whole[i] = load_le32(copy) == crc32_ieee(0, copy + 5, TEXT_SIZE);
		flags[i] = copy[4];
	}
	assert_true(whole[0] || whole[1]);
	if (whole[0] != whole[1])
		return whole[1];
	if (flags[0] == 255 && flags[1] == 0)
		return 1;
	if (flags[1] == 255 && flags[0] == 0)
		return 0;
	return flags[1] > flags[0];
}

static void fw_printenv(const char *name, char value[64])
{
	const char *text = (const char *)now.card[ENV_FIRST + current_copy() * ENV_BLOCKS] + 5;
	size_t length = strlen(name);

	value[0] = '\0';
	for (; *text; text += strlen(text) + 1) {
		if (!strncmp(text, name, length) && text[length] == '=')
			snprintf(value, 64, "%s", text + length + 1);
	}
}

static void fw_setenv(const char *name, const char *value)
{
	unsigned int current = current_copy();
	const uint8_t *old = now.card[ENV_FIRST + current * ENV_BLOCKS];
	uint8_t copy[ENV_BLOCKS][BLOCK];
	char *text = (char *)copy[0] + 5, *end = text;
	size_t length = strlen(name);
	uint32_t crc;

	memset(copy, 0xee, sizeof(copy));
	for (const char *at = (const char *)old + 5; *at; at += strlen(at) + 1) {
		if (strncmp(at, name, length) || at[length] != '=')
			end = stpcpy(end, at) + 1;
	}
	end += sprintf(end, "%s=%s", name, value) + 1;
	*end = '\0';
	assert_true(end < (char *)copy[ENV_BLOCKS]);
	crc = crc32_ieee(0, text, TEXT_SIZE);
	memcpy(copy[0], &crc, 4);
	copy[0][4] = (uint8_t)(old[4] + 1);
	for (unsigned int i = 0; i < ENV_BLOCKS; i++)
		write_one(ENV_FIRST + !current * ENV_BLOCKS + i, copy[i]);
}

static void set_left(char slot, const char *value)
{
	char name[] = "BOOT_?_LEFT";

	name[5] = slot;
	fw_setenv(name, value);
}

static bool is_first(char slot)
{
	char order[64];

	fw_printenv("BOOT_ORDER", order);
	return order[0] == slot;
}

/* As RAUC does it. */
static void activate(char slot, char other)
{
	char order[] = { slot, ' ', other, '\0' };

	set_left(slot, ATTEMPTS);
	fw_setenv("BOOT_ORDER", order);
}

static void install(char slot, char other, unsigned int version)
{
	uint8_t image[SLOT_BLOCKS][BLOCK];
	char order[] = { other, '\0' };

	fw_setenv("BOOT_ORDER", order);
	set_left(slot, "0");
	make_image(image[0], version);
	for (unsigned int i = 0; i < SLOT_BLOCKS; i++)
		write_one(lba_of(slot) + i, image[i]);
	activate(slot, other);
}

/* Linux runs from @slot; true: there is nothing left to do. */
static bool run_os(char slot, uint64_t minimum)
{
	char other = slot == 'A' ? 'B' : 'A';
	unsigned int version = version_at(lba_of(slot));
	unsigned int other_version = version_at(lba_of(other));

	if (broken && version == TARGET)
		return false; /* the watchdog resets the board */
	set_left(slot, ATTEMPTS);
	if (version == TARGET)
		return minimum == TARGET;
	if (other_version != version + 1)
		install(other, slot, version + 1);
	else if (!is_first(other))
		activate(other, slot);
	else
		return broken && version == TARGET - 1 && minimum == TARGET - 1;
	return false;
}

static enum err load(void *context, const struct slot *slot, const struct gpt_partition *partition,
		     uint64_t *rollback_index)
{
	(void)context;
	assert_int_equal(partition->first_lba, lba_of(slot->name[0]));
	*rollback_index = version_at(partition->first_lba);
	return *rollback_index ? ERR_OK : ERR_FIT_HASH;
}

static const char *failed(void *context, const struct slot *slot, enum err err, const char *before)
{
	(void)context;
	(void)slot;
	(void)before;
	return err_text(err);
}

/* One start of the board. */
static bool power_on(void)
{
	static const struct env_place place = { .size = ENV_BLOCKS * BLOCK };
	static const struct gpt_partition partition = { .first_lba = ENV_FIRST,
							.block_count = 2 * ENV_BLOCKS };
	static struct slot_boot boot;
	struct rollback_store store;
	uint64_t minimum;

	assert_int_equal(rollback_on_disk(&store, &card, ROLLBACK_FIRST, 2), ERR_OK);
	boot = (struct slot_boot){ .load = load, .failed = failed, .rollback = &store };
	assert_int_equal(slot_boot_open(&boot, &card, &partition, &place), ERR_OK);
	assert_int_equal(boot.env_err, ERR_OK);
	assert_int_equal(slot_boot(&boot), ERR_OK);

	/* It boots a slot that verifies, which is not too old, and the lowest index only grows. */
	assert_int_equal(boot.rollback_err, ERR_OK);
	assert_int_equal(rollback_get(&store, &minimum), ERR_OK);
	assert_true(minimum >= now.minimum);
	assert_true(version_at(lba_of(boot.slot->name[0])) >= MAX(minimum, 1ul));
	now.minimum = minimum;
	return run_os(boot.slot->name[0], minimum);
}

static unsigned int longest;

/* From now on, without further cuts, until all is done. */
static void live(void)
{
	unsigned int boots = 1;

	while (!power_on()) {
		if (++boots > MAX_BOOTS)
			fail_msg("it does not come to an end");
	}
	longest = MAX(longest, boots);
}

/* Version 1 in both slots, and an environment that fills more than a block. */
static void make_card(void)
{
	static const char text[] = "BOOT_ORDER=A B\0BOOT_A_LEFT=3\0BOOT_B_LEFT=3\0";
	uint8_t *copy = now.card[ENV_FIRST];
	char *end = (char *)copy + 5;
	uint32_t crc;

	memset(&now, 0, sizeof(now));
	end += sprintf(end, "pad=%0500d", 0) + 1;
	memcpy(end, text, sizeof(text));
	crc = crc32_ieee(0, copy + 5, TEXT_SIZE);
	memcpy(copy, &crc, 4);
	copy[4] = 254; /* soon after comes 0 */
	make_image(now.card[lba_of('A')], 1);
	make_image(now.card[lba_of('B')], 1);
}

static void sweep(void)
{
	size_t done = 0, end;

	free(found);
	found = NULL;
	found_count = found_room = 0;
	longest = 0;
	table_size = 1 << 20;
	table = calloc(table_size, sizeof(*table));
	make_card();
	remember(&now);
	for (unsigned int depth = 0; depth <= DEPTH; depth++) {
		end = found_count;
		collecting = depth < DEPTH;
		for (; done < end; done++) {
			now = found[done];
			live();
		}
		printf("after %u cuts: %zu cards, at most %u boots to the end\n", depth, end,
		       longest);
	}
	/* The cuts were made: a model that tears nothing finds a dozen cards. */
	assert_true(found_count > 1000);
	free(table);
	free(found);
	found = NULL;
}

static void an_update_survives_all_power_cuts(void **state)
{
	(void)state;
	broken = false;
	sweep();
}

static void so_does_an_update_that_hangs(void **state)
{
	(void)state;
	broken = true;
	sweep();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_survives_all_power_cuts),
		cmocka_unit_test(so_does_an_update_that_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
