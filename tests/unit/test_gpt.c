/* SPDX-License-Identifier: BSD-2-Clause */
/* GUID partition tables as sgdisk lays them out, each field damaged in turn, and hostile ones. */
/* sources: drivers/block/gpt.c drivers/block/block.c lib/crc.c */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/block/gpt.h"
#include "lib/bits.h"
#include "lib/crc.h"

#define BLOCKS 512u
#define ENTRIES 128u
#define ENTRY_SIZE 128u
#define MAX_BLOCK 4096u

static uint8_t image[BLOCKS * MAX_BLOCK];
static uint32_t block_size;
static uint64_t bad_lba; /* that the disk cannot read */
static unsigned int reads;
static unsigned int lie_at; /* the read that is answered by zeros */

static enum err read_image(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer)
{
	(void)dev;
	reads++;
	if (lba >= BLOCKS || count > BLOCKS - lba)
		return ERR_SD_ADDRESS;
	if (bad_lba >= lba && bad_lba < lba + count)
		return ERR_SD_READ;
	if (reads == lie_at) {
		memset(buffer, 0, (size_t)count * block_size);
		return ERR_OK;
	}
	memcpy(buffer, image + lba * block_size, (size_t)count * block_size);
	return ERR_OK;
}

static const struct block_ops ops = { .read = read_image };
static struct block_device disk;
static struct guid spl_type, fit_type, other_type;
static struct gpt_query query;
static struct gpt_partition partition;

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, (uint16_t)value);
	put16(p + 2, (uint16_t)(value >> 16));
}

static void put64(uint8_t *p, uint64_t value)
{
	put32(p, (uint32_t)value);
	put32(p + 4, (uint32_t)(value >> 32));
}

static uint32_t entry_blocks(void)
{
	return ENTRIES * ENTRY_SIZE / block_size;
}

static uint8_t *lba_of(uint64_t lba)
{
	return image + lba * block_size;
}

static uint8_t *primary(void)
{
	return lba_of(1);
}

static uint8_t *backup(void)
{
	return lba_of(BLOCKS - 1);
}

static uint64_t first_usable(void)
{
	return 2 + entry_blocks();
}

static uint64_t last_usable(void)
{
	return BLOCKS - 2 - entry_blocks();
}

static void seal(uint8_t *header)
{
	put32(header + 16, 0);
	put32(header + 16, crc32_ieee(0, header, load_le32(header + 12)));
}

static void seal_entries(uint8_t *header)
{
	uint8_t *entries = lba_of(load_le64(header + 72));

	put32(header + 88, crc32_ieee(0, entries, load_le32(header + 80) * load_le32(header + 84)));
	seal(header);
}

static void put_entry(unsigned int index, const struct guid *type, uint8_t unique, uint64_t first,
		      uint64_t last, const char *name)
{
	for (int copy = 0; copy < 2; copy++) {
		uint8_t *entry = lba_of(copy ? last_usable() + 1 : 2) + index * ENTRY_SIZE;

		memcpy(entry, type->bytes, 16);
		memset(entry + 16, unique, 16);
		put64(entry + 32, first);
		put64(entry + 40, last);
		put64(entry + 48, 4);
		for (unsigned int i = 0; i < 36 && name[i]; i++)
			put16(entry + 56 + 2 * i, (uint8_t)name[i]);
	}
}

static void put_header(uint8_t *header, uint64_t my_lba, uint64_t alternate, uint64_t entries)
{
	memcpy(header, "EFI PART", 8);
	put32(header + 8, 0x00010000);
	put32(header + 12, 92);
	put64(header + 24, my_lba);
	put64(header + 32, alternate);
	put64(header + 40, first_usable());
	put64(header + 48, last_usable());
	memset(header + 56, 0xdd, 16);
	put64(header + 72, entries);
	put32(header + 80, ENTRIES);
	put32(header + 84, ENTRY_SIZE);
	seal_entries(header);
}

static void make_disk(uint32_t size, bool size_known)
{
	block_size = size;
	memset(image, 0, (size_t)BLOCKS * size);
	bad_lba = UINT64_MAX;
	lie_at = UINT_MAX;
	disk = (struct block_device){ .ops = &ops,
				      .block_size = size,
				      .block_count = size_known ? BLOCKS : 0 };
	image[446 + 4] = 0xee;
	put32(image + 446 + 8, 1);
	put32(image + 446 + 12, BLOCKS - 1);
	put16(image + 510, 0xaa55);
	put_entry(0, &spl_type, 1, first_usable(), first_usable() + 9, "spl");
	put_entry(1, &fit_type, 2, first_usable() + 10, first_usable() + 19, "uboot");
	put_entry(5, &fit_type, 3, last_usable() - 9, last_usable(),
		  "a name of thirty-six characters.....");
	put_header(primary(), 1, BLOCKS - 1, 2);
	put_header(backup(), BLOCKS - 1, 1, last_usable() + 1);
	query = (struct gpt_query){ .type = &fit_type };
}

static int sgdisk_disk(void **state)
{
	(void)state;
	assert_int_equal(guid_parse("5B193300-FC78-40CD-8002-E86C45580B47", &spl_type), ERR_OK);
	assert_int_equal(guid_parse("2e54b353-1271-4842-806f-e436d6af6985", &fit_type), ERR_OK);
	assert_int_equal(guid_parse("0FC63DAF-8483-4772-8E79-3D69D8477DE4", &other_type), ERR_OK);
	make_disk(512, true);
	return 0;
}

static void assert_found(bool from_backup)
{
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_OK);
	assert_int_equal(partition.first_lba, first_usable() + 10);
	assert_int_equal(partition.block_count, 10);
	assert_int_equal(partition.attributes, 4);
	assert_string_equal(partition.name, "uboot");
	assert_memory_equal(&partition.type, &fit_type, 16);
	assert_int_equal(partition.unique.bytes[15], 2);
	assert_int_equal(partition.from_backup, from_backup);
}

static void parses_guids(void **state)
{
	static const char *const bad[] = {
		"",
		"2E54B353-1271-4842-806F-E436D6AF698",
		"2E54B353-1271-4842-806F-E436D6AF69855",
		"2E54B353-1271-4842-806F-E436D6AF698g",
		"2E54B35311271-4842-806F-E436D6AF6985",
		"2E54B353-1271-4842-806F",
		"{2E54B353-1271-4842-806F-E436D6AF6985}",
		"2E54B353-1271-4842-806F-E436D6AF6985 ",
	};
	static const uint8_t on_disk[16] = { 0x53, 0xb3, 0x54, 0x2e, 0x71, 0x12, 0x42, 0x48,
					     0x80, 0x6f, 0xe4, 0x36, 0xd6, 0xaf, 0x69, 0x85 };
	struct guid guid;

	(void)state;
	assert_memory_equal(fit_type.bytes, on_disk, 16);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(guid_parse(bad[i], &guid), ERR_INVALID);
}

static void finds_by_type_name_and_unique_guid(void **state)
{
	struct guid unique;

	(void)state;
	assert_found(false);
	query = (struct gpt_query){ .name = "uboot" };
	assert_found(false);
	query = (struct gpt_query){ .name = "a name of thirty-six characters....." };
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_OK);
	assert_int_equal(partition.first_lba, last_usable() - 9);
	assert_string_equal(partition.name, query.name);
	memset(&unique, 3, sizeof(unique));
	query = (struct gpt_query){ .type = &fit_type, .unique = &unique };
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_OK);
	assert_int_equal(partition.first_lba, last_usable() - 9);
	query.name = "uboot";
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NO_PARTITION);
	query = (struct gpt_query){ .name = "ubootx" };
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NO_PARTITION);
	query = (struct gpt_query){ .name = "uboo" };
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NO_PARTITION);
	query = (struct gpt_query){ .name = "" };
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NO_PARTITION);
	query = (struct gpt_query){ .type = &spl_type };
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_OK);
	assert_int_equal(partition.first_lba, first_usable());
	query = (struct gpt_query){ .type = &other_type };
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NO_PARTITION);
	assert_int_equal(partition.from_backup, false);
}

static void finds_several_in_one_pass(void **state)
{
	struct gpt_search searches[] = {
		{ .query = { .type = &fit_type } },
		{ .query = { .type = &other_type } },
		{ .query = { .name = "spl" } },
		{ .query = { .type = &fit_type } },
	};

	(void)state;
	for (int damaged = 0; damaged < 2; damaged++) {
		assert_int_equal(gpt_find_all(&disk, searches, ARRAY_SIZE(searches)), ERR_OK);
		assert_int_equal(searches[0].err, ERR_OK);
		assert_int_equal(searches[1].err, ERR_GPT_NO_PARTITION);
		assert_int_equal(searches[2].err, ERR_OK);
		assert_int_equal(searches[0].partition.first_lba, first_usable() + 10);
		assert_int_equal(searches[2].partition.first_lba, first_usable());
		assert_int_equal(searches[3].partition.first_lba, first_usable() + 10);
		assert_int_equal(searches[2].partition.from_backup, damaged);
		primary()[60] ^= 1;
	}
	make_disk(512, true);
	lba_of(2)[0] ^= 1;
	backup()[60] ^= 1;
	assert_int_equal(gpt_find_all(&disk, searches, ARRAY_SIZE(searches)), ERR_GPT_ENTRIES_CRC);
	for (unsigned int i = 0; i < ARRAY_SIZE(searches); i++)
		assert_int_equal(searches[i].err, ERR_GPT_ENTRIES_CRC);
}

static void reads_disks_of_any_block_size(void **state)
{
	(void)state;
	for (uint32_t size = 512; size <= 4096; size *= 2) {
		make_disk(size, true);
		assert_found(false);
		memset(primary(), 0xff, block_size);
		assert_found(true);
	}
	disk.block_size = 8192;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_INVALID);
	disk.block_size = 1000;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_INVALID);
	disk.block_size = 0;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_INVALID);
}

static void says_when_there_is_no_table(void **state)
{
	(void)state;
	memset(image, 0, sizeof(image));
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NONE);
	memset(image, 0xff, sizeof(image));
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NONE);
	disk.block_count = 0;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NONE);
	disk.block_count = 1;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_BLOCK_RANGE);
}

static void any_damaged_byte_leads_to_the_backup(void **state)
{
	(void)state;
	for (int size_known = 0; size_known < 2; size_known++) {
		for (unsigned int i = 0; i < 92; i++) {
			make_disk(512, size_known);
			primary()[i] ^= 0x40;
			assert_found(true);
		}
		for (unsigned int i = 0; i < ENTRIES * ENTRY_SIZE; i += 37) {
			make_disk(512, size_known);
			lba_of(2)[i] ^= 0x01;
			assert_found(true);
		}
		for (uint64_t lba = 1; lba < 2 + entry_blocks(); lba++) {
			make_disk(512, size_known);
			bad_lba = lba;
			assert_found(true);
		}
	}
}

static void no_good_table_says_what_is_wrong_with_the_primary(void **state)
{
	(void)state;
	memset(backup(), 0, 512);
	primary()[56] ^= 1;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_HEADER_CRC);
	primary()[56] ^= 1;
	lba_of(2)[0] ^= 1;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_ENTRIES_CRC);
	bad_lba = 1;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_SD_READ);
}

/* The header's CRC is right, a field is not: @offset gets @value of @width bytes. */
static void assert_refused(unsigned int offset, unsigned int width, uint64_t value)
{
	make_disk(512, true);
	memset(backup(), 0, 512);
	if (width == 8)
		put64(primary() + offset, value);
	else
		put32(primary() + offset, (uint32_t)value);
	if (offset != 12 || (value >= 92 && value <= 512))
		seal(primary());
	reads = 0;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_HEADER);
	assert_true(reads <= 5);
}

static void refuses_impossible_fields(void **state)
{
	(void)state;
	assert_refused(8, 4, 0x00020000);
	assert_refused(12, 4, 91);
	assert_refused(12, 4, 513);
	assert_refused(12, 4, UINT32_MAX);
	assert_refused(24, 8, 2);
	assert_refused(32, 8, first_usable());
	assert_refused(32, 8, last_usable());
	assert_refused(24, 8, 0);
	assert_refused(40, 8, 0);
	assert_refused(40, 8, 1);
	assert_refused(40, 8, first_usable() - 1);
	assert_refused(40, 8, last_usable() + 1);
	assert_refused(40, 8, UINT64_MAX);
	assert_refused(48, 8, BLOCKS);
	assert_refused(48, 8, UINT64_MAX);
	assert_refused(48, 8, 0);
	assert_refused(72, 8, 0);
	assert_refused(72, 8, 1);
	assert_refused(72, 8, 3);
	assert_refused(72, 8, last_usable());
	assert_refused(72, 8, BLOCKS - 1);
	assert_refused(72, 8, UINT64_MAX);
	assert_refused(72, 8, UINT64_MAX - 31);
	assert_refused(80, 4, 0);
	assert_refused(80, 4, 132);
	assert_refused(80, 4, 1025);
	assert_refused(80, 4, UINT32_MAX);
	assert_refused(84, 4, 0);
	assert_refused(84, 4, 64);
	assert_refused(84, 4, 96);
	assert_refused(84, 4, 192);
	assert_refused(84, 4, 256);
	assert_refused(84, 4, 1024);
	assert_refused(84, 4, 0x80000000);
}

static void accepts_other_layouts(void **state)
{
	(void)state;
	/* A longer header, fewer entries, and a last block that the entries do not fill. */
	put32(primary() + 12, 512);
	put32(primary() + 80, 7);
	memset(lba_of(3) + 3 * ENTRY_SIZE, 0x5a, ENTRY_SIZE);
	seal_entries(primary());
	assert_found(false);
}

static void accepts_what_is_just_possible(void **state)
{
	(void)state;
	/* One usable block with a partition that fills it, and the most entries there may be. */
	memset(image, 0, sizeof(image));
	put64(lba_of(2) + 32, 258);
	put64(lba_of(2) + 40, 258);
	memcpy(lba_of(2), &fit_type, 16);
	put_header(primary(), 1, BLOCKS - 1, 2);
	put64(primary() + 40, 258);
	put64(primary() + 48, 258);
	put32(primary() + 80, 1024);
	seal_entries(primary());
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_OK);
	assert_int_equal(partition.first_lba, 258);
	assert_int_equal(partition.block_count, 1);
}

static void refuses_partitions_outside_the_disk(void **state)
{
	static const uint64_t ranges[][2] = {
		{ 40, 39 },  { 1, 40 },		 { 33, 40 },
		{ 40, 479 }, { 40, UINT64_MAX }, { UINT64_MAX, UINT64_MAX },
		{ 0, 0 },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++) {
		make_disk(512, true);
		put_entry(1, &fit_type, 2, ranges[i][0], ranges[i][1], "uboot");
		seal_entries(primary());
		assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_PARTITION);
		assert_false(partition.from_backup);
	}
}

/* The FIT's partition and another one, which is entry @index, at @first to @last. */
static void assert_overlap(unsigned int index, uint64_t first, uint64_t last, enum err expected)
{
	make_disk(512, true);
	put_entry(index, &other_type, 9, first, last, "other");
	seal_entries(primary());
	assert_int_equal(gpt_find(&disk, &query, &partition), expected);
	assert_int_equal(partition.first_lba, first_usable() + 10);
	assert_false(partition.from_backup);
}

static void refuses_partitions_that_overlap(void **state)
{
	/* Before the FIT's entry, beside it, behind it, and as the last of the table. */
	static const unsigned int indexes[] = { 0, 2, 7, ENTRIES - 1 };
	uint64_t first, last;

	(void)state;
	make_disk(512, true);
	first = first_usable() + 10;
	last = first + 9;
	for (unsigned int i = 0; i < ARRAY_SIZE(indexes); i++) {
		assert_overlap(indexes[i], first, last, ERR_GPT_OVERLAP);
		assert_overlap(indexes[i], first + 3, first + 3, ERR_GPT_OVERLAP);
		assert_overlap(indexes[i], first - 5, first, ERR_GPT_OVERLAP);
		assert_overlap(indexes[i], last, last + 5, ERR_GPT_OVERLAP);
		assert_overlap(indexes[i], 0, UINT64_MAX, ERR_GPT_OVERLAP);
		assert_overlap(indexes[i], first - 5, first - 1, ERR_OK);
		assert_overlap(indexes[i], last + 1, last + 5, ERR_OK);
	}
	/* Those that nobody asked for may. */
	make_disk(512, true);
	put_entry(20, &other_type, 8, last + 5, last + 20, "one");
	put_entry(21, &other_type, 9, last + 10, last + 30, "other");
	seal_entries(primary());
	assert_found(false);
	assert_overlap(9, first, last, ERR_GPT_OVERLAP);
	memset(lba_of(2) + 9 * ENTRY_SIZE, 0, 16); /* of a partition that was deleted */
	seal_entries(primary());
	assert_found(false);
}

/* The FIT's entry is in another block than what it overlaps, and that one changes its mind. */
static void refuses_a_table_that_changes(void **state)
{
	(void)state;
	make_disk(512, true);
	memset(lba_of(2) + ENTRY_SIZE, 0, ENTRY_SIZE);
	put_entry(5, &fit_type, 2, first_usable() + 10, first_usable() + 19, "uboot");
	put_entry(0, &other_type, 1, first_usable() + 10, first_usable() + 10, "spl");
	seal_entries(primary());
	reads = 0;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_OVERLAP);
	memset(backup(), 0, 512);
	lie_at = reads - 1; /* the first block of entries, when it is read again */
	reads = 0;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_ENTRIES_CRC);
}

static void finds_the_backup_of_a_disk_of_unknown_size(void **state)
{
	(void)state;
	/* No header to ask: the protective MBR knows. */
	make_disk(512, false);
	memset(primary(), 0, 512);
	assert_found(true);
	image[510] = 0;
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NONE);
	make_disk(512, false);
	memset(primary(), 0, 512);
	put32(image + 446 + 12, UINT32_MAX);
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_NONE);
	/* Hints that lead nowhere. */
	make_disk(512, false);
	primary()[60] ^= 1;
	put64(primary() + 32, UINT64_MAX);
	put32(image + 446 + 12, 400);
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_HEADER_CRC);
	/* An image that was written to a larger disk. */
	make_disk(512, true);
	disk.block_count = BLOCKS * 2;
	lba_of(2)[3] ^= 1;
	assert_found(true);
	/* A header where it does not belong. */
	make_disk(512, false);
	memcpy(lba_of(300), backup(), 512);
	memset(backup(), 0, 512);
	primary()[60] ^= 1;
	put64(primary() + 32, 300);
	assert_int_equal(gpt_find(&disk, &query, &partition), ERR_GPT_HEADER_CRC);
}

static void survives_random_damage(void **state)
{
	(void)state;
	srand(7);
	for (unsigned int round = 0; round < 4000; round++) {
		enum err err;

		make_disk(512, round % 2);
		for (unsigned int n = (unsigned int)rand() % 6; n; n--) {
			uint8_t *header = rand() % 2 ? primary() : backup();

			header[8 + rand() % 84] = (uint8_t)rand();
		}
		lba_of(3)[rand() % 128] ^= (uint8_t)rand();
		if (load_le32(primary() + 12) <= 512)
			seal(primary());
		if (load_le32(backup() + 12) <= 512)
			seal(backup());
		err = gpt_find(&disk, &query, &partition);
		if (!err) {
			assert_true(partition.block_count > 0);
			assert_true(range_inside(partition.first_lba, partition.block_count, 2,
						 UINT64_MAX - 2));
			if (disk.block_count)
				assert_true(partition.first_lba + partition.block_count <= BLOCKS);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(parses_guids, sgdisk_disk),
		cmocka_unit_test_setup(finds_by_type_name_and_unique_guid, sgdisk_disk),
		cmocka_unit_test_setup(finds_several_in_one_pass, sgdisk_disk),
		cmocka_unit_test_setup(reads_disks_of_any_block_size, sgdisk_disk),
		cmocka_unit_test_setup(says_when_there_is_no_table, sgdisk_disk),
		cmocka_unit_test_setup(any_damaged_byte_leads_to_the_backup, sgdisk_disk),
		cmocka_unit_test_setup(no_good_table_says_what_is_wrong_with_the_primary,
				       sgdisk_disk),
		cmocka_unit_test_setup(refuses_impossible_fields, sgdisk_disk),
		cmocka_unit_test_setup(accepts_other_layouts, sgdisk_disk),
		cmocka_unit_test_setup(accepts_what_is_just_possible, sgdisk_disk),
		cmocka_unit_test_setup(refuses_partitions_outside_the_disk, sgdisk_disk),
		cmocka_unit_test_setup(refuses_partitions_that_overlap, sgdisk_disk),
		cmocka_unit_test_setup(refuses_a_table_that_changes, sgdisk_disk),
		cmocka_unit_test_setup(finds_the_backup_of_a_disk_of_unknown_size, sgdisk_disk),
		cmocka_unit_test_setup(survives_random_damage, sgdisk_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
