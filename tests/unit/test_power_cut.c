/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A board with two slots, its update system and its power supply. The model card sees each block that
 * is written, by the SPL's code or by the OS's, and keeps what the card could hold if the power failed
 * just then: the block as it was, as it was to be, a part of it, garbage, nothing. From each of these
 * cards the board must boot a slot that verifies, go on with the update, and end where it should; and
 * from each card on the way of that. All cuts, two deep.
 *
 * The same with SPI NOR flash in the place of the card, below its driver: there it is each sector that is
 * erased, and each page that is programmed.
 */
/* sources: spl/env.c spl/env_disk.c spl/slots.c spl/slot_boot.c spl/rollback.c lib/crc.c lib/err.c */
/* sources: drivers/block/block.c drivers/flash/spi_nor.c tests/unit/flash_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/flash/spi_nor.h"
#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/crc.h"
#include "spl/slot_boot.h"
#include "tests/unit/flash_model.h"

#define BLOCK 512
#define SECTOR_BLOCKS (FLASH_SECTOR / BLOCK)
#define DEPTH 2 /* power cuts in a row */

/* The card, in blocks */
#define ENV_FIRST 0
#define ENV_BLOCKS 2 /* of a copy */
#define SLOT_FIRST_BLOCK 4
#define SLOT_BLOCKS 3
#define ROLLBACK_FIRST 10
#define BLOCKS 12

/* In flash each of these parts has a sector, and the rest of that is empty for ever. */
static const struct part {
	unsigned int first, count; /* of the card's blocks */
	unsigned int in_sector;	   /* the block there at which it begins */
} parts[] = {
	{ ENV_FIRST, ENV_BLOCKS, 0 },
	{ ENV_FIRST + ENV_BLOCKS, ENV_BLOCKS, 0 },
	{ SLOT_FIRST_BLOCK, SLOT_BLOCKS, 0 },
	{ SLOT_FIRST_BLOCK + SLOT_BLOCKS, SLOT_BLOCKS, 0 },
	{ ROLLBACK_FIRST, 1, 0 },
	{ ROLLBACK_FIRST + 1, 1, SECTOR_BLOCKS - 1 }, /* the last of the partition */
};

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
	ZEROS, /* flash is that before it is erased */
	MIXED, /* each bit is the old one or the new one */
	TEARS,
};

#define BLOCK_TEARS (BIT(ZEROS) - 1)
#define ERASE_TEARS \
	(BIT(NOTHING) | BIT(EVERYTHING) | BIT(HEAD) | BIT(TAIL) | BIT(GARBAGE) | BIT(ZEROS) | \
	 BIT(MIXED))
#define FLAG_TEARS (BIT(NOTHING) | BIT(EVERYTHING) | BIT(MIXED))
#define PROGRAM_TEARS \
	(BIT(NOTHING) | BIT(EVERYTHING) | BIT(CRC_ONLY) | BIT(HEAD) | BIT(TAIL) | BIT(MIXED))

static struct state now;
static struct spi_nor nor;
static bool on_flash;
static bool broken; /* the last version hangs */

/* What a cut may leave behind, to be started from later; no card twice. */
static struct state *found;
static size_t found_count, found_room;
static uint32_t *table;
static size_t table_size;
static bool collecting;

static uint64_t hash_of(const struct state *state)
{
	const uint64_t *words = (const uint64_t *)state;
	uint64_t hash = 0;

	for (size_t i = 0; i < sizeof(*state) / sizeof(*words); i++)
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15 >> 1;
	return hash >> 8;
}

static void remember(const struct state *state)
{
	size_t at = hash_of(state) % table_size;

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

static uint8_t noise(size_t i)
{
	return (uint8_t)(i * 151 + 77);
}

static void tear_bytes(uint8_t *bytes, const uint8_t *new, size_t size, enum tear tear)
{
	switch (tear) {
	case EVERYTHING:
		memcpy(bytes, new, size);
		break;
	case CRC_ONLY:
		memcpy(bytes, new, 4);
		break;
	case HEAD:
		memcpy(bytes, new, size / 2);
		break;
	case TAIL:
		memcpy(bytes + size / 2, new + size / 2, size / 2);
		break;
	case GARBAGE:
		for (size_t i = 0; i < size; i++)
			bytes[i] = noise(i);
		break;
	case ERASED:
		memset(bytes, 0xff, size);
		break;
	case ZEROS:
		memset(bytes, 0, size);
		break;
	case MIXED:
		for (size_t i = 0; i < size; i++)
			bytes[i] = (bytes[i] & noise(i)) | (new[i] & ~noise(i));
		break;
	default:
		break;
	}
}

/* What the card holds at @at becomes @new, or the power fails on the way. */
static void change(uint8_t *at, const uint8_t *new, size_t size, unsigned int tears)
{
	for (enum tear tear = NOTHING; collecting && tear < TEARS; tear++) {
		struct state torn = now;

		if (!(tears & BIT(tear)))
			continue;
		tear_bytes(torn.card[0] + (at - now.card[0]), new, size, tear);
		remember(&torn);
	}
	memcpy(at, new, size);
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
		change(now.card[lba + i], (const uint8_t *)buffer + (size_t)i * BLOCK, BLOCK,
		       BLOCK_TEARS);
	return ERR_OK;
}

static const struct block_ops card_ops = { .read = card_read, .write = card_write };
static struct block_device card = { .ops = &card_ops, .block_size = BLOCK, .block_count = BLOCKS };

/* The cells from here on, up to @length, that are somebody's; else NULL and how many are nobody's. */
static uint8_t *cells_at(uint32_t at, size_t *length)
{
	const struct part *part = &parts[at / FLASH_SECTOR];
	uint32_t inside = at % FLASH_SECTOR, start = part->in_sector * BLOCK;
	uint32_t end = start + part->count * BLOCK;

	assert_true(at / FLASH_SECTOR < ARRAY_SIZE(parts));
	if (inside >= start && inside < end) {
		*length = MIN(*length, end - inside);
		return now.card[part->first] + (inside - start);
	}
	*length = MIN(*length, (inside < start ? start : FLASH_SECTOR) - inside);
	return NULL;
}

static void flash_read(uint32_t at, uint8_t *bytes, size_t length)
{
	for (size_t part; length; length -= part, at += part, bytes += part) {
		const uint8_t *cells;

		part = length;
		cells = cells_at(at, &part);
		if (cells)
			memcpy(bytes, cells, part);
		else
			memset(bytes, 0xff, part);
	}
}

static uint8_t erased[SLOT_BLOCKS * BLOCK]; /* filled by main() */

static void flash_erase(uint32_t at)
{
	const struct part *part = &parts[at / FLASH_SECTOR];

	change(now.card[part->first], erased, part->count * BLOCK, ERASE_TEARS);
}

/* The driver programs whole pages. */
static void flash_program(uint32_t at, const uint8_t *bytes, size_t length)
{
	uint64_t old[FLASH_PAGE / 8], programmed[FLASH_PAGE / 8];
	size_t size = length;
	uint8_t *cells = cells_at(at, &size);

	assert_true(length == FLASH_PAGE && size == FLASH_PAGE);
	if (!cells) {
		assert_memory_equal(bytes, erased, FLASH_PAGE);
		return;
	}
	memcpy(old, cells, FLASH_PAGE);
	memcpy(programmed, bytes, FLASH_PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(old); i++)
		programmed[i] &= old[i];
	if (memcmp(old, programmed, FLASH_PAGE))
		change(cells, (const uint8_t *)programmed, FLASH_PAGE, PROGRAM_TEARS);
}

static const struct flash_cells flash_cells = { flash_read, flash_erase, flash_program };

uint64_t clock_us(void)
{
	static uint64_t now_us;

	return now_us += 1000;
}

static struct block_device *medium(void)
{
	return on_flash ? &nor.block : &card;
}

/* Where a block of the card is on the medium. */
static uint64_t lba_of_block(unsigned int block)
{
	unsigned int i = 0;

	if (!on_flash)
		return block;
	while (block >= parts[i].first + parts[i].count)
		i++;
	return i * SECTOR_BLOCKS + parts[i].in_sector + (block - parts[i].first);
}

/* In flash a partition ends with a sector. */
static struct gpt_partition partition_of(unsigned int first, unsigned int last)
{
	uint64_t lba = lba_of_block(first), end = lba_of_block(last) + 1;

	return (struct gpt_partition){
		.first_lba = lba,
		.block_count = (on_flash ? align_up(end, SECTOR_BLOCKS) : end) - lba,
	};
}

/* The OS writes as the SPL does: to flash, a sector at a time. */
static void os_write(unsigned int block, const void *bytes, unsigned int count)
{
	assert_int_equal(block_write(medium(), lba_of_block(block), count, bytes), ERR_OK);
}

/* Where a slot begins. */
static unsigned int block_of(char slot)
{
	return SLOT_FIRST_BLOCK + (slot == 'B' || slot == 'b' ? SLOT_BLOCKS : 0);
}

/* A partition table is never written, so it needs no model. */
enum err gpt_find_all(struct block_device *disk, struct gpt_search *searches, unsigned int count)
{
	assert_ptr_equal(disk, medium());
	for (unsigned int i = 0; i < count; i++) {
		const char *name = searches[i].query.name;
		bool exists = !strcmp(name, "fit-a") || !strcmp(name, "fit-b");

		searches[i].err = exists ? ERR_OK : ERR_GPT_NO_PARTITION;
		searches[i].partition = partition_of(block_of(name[4]), block_of(name[4]));
	}
	return ERR_OK;
}

/* The images of all versions: the number, and what depends on it. One verifies if it is this very one. */
static uint8_t images[TARGET + 1][SLOT_BLOCKS * BLOCK];

static void make_images(void)
{
	for (unsigned int version = 1; version <= TARGET; version++) {
		for (unsigned int i = 0; i < SLOT_BLOCKS * BLOCK; i++)
			images[version][i] = (uint8_t)(i * version + version);
	}
}

/* What is in a slot; 0 when it does not verify. */
static unsigned int version_in(char slot)
{
	const uint8_t *image = now.card[block_of(slot)];

	return image[0] > TARGET || memcmp(image, images[image[0]], sizeof(images[0])) ? 0
										       : image[0];
}

/* The update system's side: the environment as libubootenv reads and writes it, garbage and all. */
#define TEXT_SIZE (ENV_BLOCKS * BLOCK - 5)
#define ACTIVE 1

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
	if (on_flash && (flags[0] == 255 || flags[1] == 255))
		return flags[1] == 255;
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

/* On an MTD device flags do not count: the new copy is active, then the old one becomes obsolete. */
static void fw_setenv(const char *name, const char *value)
{
	static const uint8_t obsolete;
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
	copy[0][4] = on_flash ? ACTIVE : (uint8_t)(old[4] + 1);
	os_write(ENV_FIRST + !current * ENV_BLOCKS, copy, ENV_BLOCKS);
	if (on_flash)
		change(&now.card[ENV_FIRST + current * ENV_BLOCKS][4], &obsolete, 1, FLAG_TEARS);
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
	char order[] = { other, '\0' };

	fw_setenv("BOOT_ORDER", order);
	set_left(slot, "0");
	os_write(block_of(slot), images[version], SLOT_BLOCKS);
	activate(slot, other);
}

/* Linux runs from @slot; true: there is nothing left to do. */
static bool run_os(char slot, uint64_t minimum)
{
	char other = slot == 'A' ? 'B' : 'A';
	unsigned int version = version_in(slot);
	unsigned int other_version = version_in(other);

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
	assert_int_equal(partition->first_lba, lba_of_block(block_of(slot->name[0])));
	*rollback_index = version_in(slot->name[0]);
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
	const struct gpt_partition environment = partition_of(ENV_FIRST, 2 * ENV_BLOCKS - 1);
	const struct gpt_partition rollback = partition_of(ROLLBACK_FIRST, ROLLBACK_FIRST + 1);
	static struct slot_boot boot;
	struct rollback_store store;
	uint64_t minimum;

	assert_int_equal(rollback_on_disk(&store, medium(), rollback.first_lba,
					  rollback.block_count),
			 ERR_OK);
	boot = (struct slot_boot){ .load = load, .failed = failed, .rollback = &store };
	assert_int_equal(slot_boot_open(&boot, medium(), &environment, &place), ERR_OK);
	assert_int_equal(boot.env_err, ERR_OK);
	assert_int_equal(slot_boot(&boot), ERR_OK);

	/* It boots a slot that verifies, which is not too old, and the lowest index only grows. */
	assert_int_equal(boot.rollback_err, ERR_OK);
	assert_int_equal(rollback_get(&store, &minimum), ERR_OK);
	assert_true(minimum >= now.minimum);
	assert_true(version_in(boot.slot->name[0]) >= MAX(minimum, 1ul));
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
	memset(now.card, on_flash ? 0xff : 0, sizeof(now.card));
	memset(copy, 0, (size_t)ENV_BLOCKS * BLOCK);
	end += sprintf(end, "pad=%0500d", 0) + 1;
	memcpy(end, text, sizeof(text));
	crc = crc32_ieee(0, copy + 5, TEXT_SIZE);
	memcpy(copy, &crc, 4);
	copy[4] = on_flash ? ACTIVE : 254; /* soon after comes 0 */
	memcpy(now.card[block_of('A')], images[1], sizeof(images[1]));
	memcpy(now.card[block_of('B')], images[1], sizeof(images[1]));
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
	on_flash = *state;
	broken = false;
	sweep();
}

static void so_does_an_update_that_hangs(void **state)
{
	on_flash = *state;
	broken = true;
	sweep();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_survives_all_power_cuts),
		cmocka_unit_test(so_does_an_update_that_hangs),
		cmocka_unit_test_prestate(an_update_survives_all_power_cuts, &nor),
		cmocka_unit_test_prestate(so_does_an_update_that_hangs, &nor),
	};

	memset(erased, 0xff, sizeof(erased));
	make_images();
	if (spi_nor_open(&nor, flash_model(&flash_cells), 1))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
