/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding a partition in a GUID partition table (UEFI specification 2.10, section 5.3). One block is in
 * memory at a time; nothing that a table says is used before it was checked, nor counts before the
 * table's CRCs were.
 */
#include "drivers/block/gpt.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/crc.h"
#include "lib/string.h"

#define MAX_BLOCK_SIZE 4096
#define PRIMARY_LBA 1
#define REVISION_1_0 0x00010000
#define MIN_HEADER_SIZE 92
#define MIN_ENTRY_SIZE 128
#define MAX_ENTRIES 1024

/* Of the header */
#define HEADER_REVISION 8
#define HEADER_SIZE 12
#define HEADER_CRC 16
#define HEADER_MY_LBA 24
#define HEADER_ALTERNATE 32
#define HEADER_FIRST_USABLE 40
#define HEADER_LAST_USABLE 48
#define HEADER_ENTRIES_LBA 72
#define HEADER_ENTRY_COUNT 80
#define HEADER_ENTRY_SIZE 84
#define HEADER_ENTRIES_CRC 88

/* Of an entry */
#define ENTRY_TYPE 0
#define ENTRY_UNIQUE 16
#define ENTRY_FIRST 32
#define ENTRY_LAST 40
#define ENTRY_ATTRIBUTES 48
#define ENTRY_NAME 56 /* 36 UTF-16 code units */

/* Of the protective MBR (5.2.3) */
#define MBR_RECORDS 446
#define MBR_RECORD_SIZE 16
#define MBR_RECORD_TYPE 4
#define MBR_RECORD_LBA 8
#define MBR_RECORD_SIZE_IN_LBA 12
#define MBR_SIGNATURE 510
#define MBR_TYPE_GPT 0xee

/* What a checked header says, and how far its entries were read. */
struct table {
	uint64_t alternate_lba; /* also of a damaged header; 0: none */
	uint64_t first_usable;
	uint64_t last_usable;
	uint64_t entries_lba;
	uint32_t entry_count;
	uint32_t entry_size;
	uint32_t entries_crc;
	/* The entries up to the last one that was looked for, in whole blocks. */
	uint32_t found_size;
	uint32_t found_crc;
};

static uint8_t block[MAX_BLOCK_SIZE] __attribute__((aligned(8)));

static bool is_usable(const struct table *table, uint64_t lba)
{
	return lba >= table->first_usable && lba <= table->last_usable;
}

static enum err check_fields(const struct block_device *disk, uint64_t lba,
			     const struct table *table)
{
	uint64_t limit = disk->block_count ? disk->block_count : UINT64_MAX;
	uint64_t entries =
		((uint64_t)table->entry_count * table->entry_size + disk->block_size - 1) /
		disk->block_size;

	if (table->first_usable <= PRIMARY_LBA || table->first_usable > table->last_usable ||
	    table->last_usable >= limit)
		return ERR_GPT_HEADER;
	if (is_usable(table, lba) || is_usable(table, table->alternate_lba))
		return ERR_GPT_HEADER;
	if (table->entries_lba <= PRIMARY_LBA ||
	    !range_inside(table->entries_lba, entries, 0, limit) ||
	    ranges_overlap(table->entries_lba, entries, lba, 1) ||
	    ranges_overlap(table->entries_lba, entries, table->first_usable,
			   table->last_usable - table->first_usable + 1))
		return ERR_GPT_HEADER;
	return ERR_OK;
}

static enum err read_header(struct block_device *disk, uint64_t lba, struct table *table)
{
	uint32_t size, crc;
	enum err err;

	*table = (struct table){ 0 };
	err = block_read(disk, lba, 1, block);
	if (err)
		return err;
	if (memcmp(block, "EFI PART", 8))
		return ERR_GPT_NONE;
	table->alternate_lba = load_le64(block + HEADER_ALTERNATE);
	size = load_le32(block + HEADER_SIZE);
	if (size < MIN_HEADER_SIZE || size > disk->block_size)
		return ERR_GPT_HEADER;
	crc = load_le32(block + HEADER_CRC);
	memset(block + HEADER_CRC, 0, sizeof(crc));
	if (crc32_ieee(0, block, size) != crc)
		return ERR_GPT_HEADER_CRC;

	table->first_usable = load_le64(block + HEADER_FIRST_USABLE);
	table->last_usable = load_le64(block + HEADER_LAST_USABLE);
	table->entries_lba = load_le64(block + HEADER_ENTRIES_LBA);
	table->entry_count = load_le32(block + HEADER_ENTRY_COUNT);
	table->entry_size = load_le32(block + HEADER_ENTRY_SIZE);
	table->entries_crc = load_le32(block + HEADER_ENTRIES_CRC);
	if (load_le32(block + HEADER_REVISION) != REVISION_1_0 ||
	    load_le64(block + HEADER_MY_LBA) != lba || !table->entry_count ||
	    table->entry_count > MAX_ENTRIES || table->entry_size < MIN_ENTRY_SIZE ||
	    table->entry_size > disk->block_size || !is_power_of_2(table->entry_size))
		return ERR_GPT_HEADER;
	return check_fields(disk, lba, table);
}

static bool guid_matches(const struct guid *guid, const uint8_t *bytes)
{
	return !guid || !memcmp(guid->bytes, bytes, sizeof(guid->bytes));
}

static bool name_matches(const char *name, const uint8_t *utf16)
{
	if (!name)
		return true;
	for (unsigned int i = 0; i < GPT_NAME_MAX; i++, name++) {
		if (load_le16(utf16 + 2 * i) != (uint8_t)*name)
			return false;
		if (!*name)
			return true;
	}
	return !*name;
}

static bool is_used(const uint8_t *entry)
{
	static const struct guid unused;

	return !guid_matches(&unused, entry + ENTRY_TYPE);
}

static bool entry_matches(const struct gpt_query *query, const uint8_t *entry)
{
	return guid_matches(query->type, entry + ENTRY_TYPE) &&
	       guid_matches(query->unique, entry + ENTRY_UNIQUE) &&
	       name_matches(query->name, entry + ENTRY_NAME);
}

static bool entry_overlaps(const uint8_t *entry, const struct gpt_partition *partition)
{
	return load_le64(entry + ENTRY_FIRST) < partition->first_lba + partition->block_count &&
	       load_le64(entry + ENTRY_LAST) >= partition->first_lba;
}

static enum err take_entry(const struct table *table, const uint8_t *entry,
			   struct gpt_partition *partition)
{
	uint64_t first = load_le64(entry + ENTRY_FIRST);
	uint64_t last = load_le64(entry + ENTRY_LAST);

	*partition = (struct gpt_partition){
		.first_lba = first,
		.block_count = last - first + 1,
		.attributes = load_le64(entry + ENTRY_ATTRIBUTES),
	};
	memcpy(partition->type.bytes, entry + ENTRY_TYPE, sizeof(partition->type.bytes));
	memcpy(partition->unique.bytes, entry + ENTRY_UNIQUE, sizeof(partition->unique.bytes));
	for (unsigned int i = 0; i < GPT_NAME_MAX; i++) {
		uint16_t c = load_le16(entry + ENTRY_NAME + 2 * i);

		if (!c)
			break;
		partition->name[i] = c >= ' ' && c <= '~' ? (char)c : '?';
	}
	if (first > last || first < table->first_usable || last > table->last_usable)
		return ERR_GPT_PARTITION;
	return ERR_OK;
}

/* Whether a partition was found: @entry, the table's entry @number, is one that is looked for. */
static bool look_at_entry(const struct table *table, const uint8_t *entry, uint32_t number,
			  struct gpt_search *searches, unsigned int count)
{
	bool found = false;

	if (!is_used(entry))
		return false;
	for (unsigned int i = 0; i < count; i++) {
		struct gpt_search *search = &searches[i];

		if (search->err == ERR_GPT_NO_PARTITION && entry_matches(&search->query, entry)) {
			search->err = take_entry(table, entry, &search->partition);
			search->entry = number;
			found = true;
		} else if (!search->err && search->entry != number &&
			   entry_overlaps(entry, &search->partition)) {
			search->err = ERR_GPT_OVERLAP;
		}
	}
	return found;
}

static void set_all(struct gpt_search *searches, unsigned int count, enum err err)
{
	for (unsigned int i = 0; i < count; i++)
		searches[i].err = err;
}

/* Looks at the first @size bytes of the entries. */
static enum err read_entries(struct block_device *disk, struct table *table, uint32_t size,
			     struct gpt_search *searches, unsigned int count, uint32_t *crc)
{
	uint64_t lba = table->entries_lba;
	uint32_t number = 0;

	*crc = 0;
	for (uint32_t done = 0, length; done < size; done += length, lba++) {
		bool found = false;
		enum err err = block_read(disk, lba, 1, block);

		if (err)
			return err;
		length = MIN(size - done, disk->block_size);
		*crc = crc32_ieee(*crc, block, length);
		for (uint32_t at = 0; at < length; at += table->entry_size)
			found |= look_at_entry(table, block + at, number++, searches, count);
		if (found) {
			table->found_size = done + length;
			table->found_crc = *crc;
		}
	}
	return ERR_OK;
}

/*
 * Looks at all entries, for the CRC over them; then once more at those before what was found, which
 * may overlap it. Mostly that is one block.
 */
static enum err search_entries(struct block_device *disk, struct table *table,
			       struct gpt_search *searches, unsigned int count)
{
	uint32_t crc, expected;
	enum err err;

	set_all(searches, count, ERR_GPT_NO_PARTITION);
	err = read_entries(disk, table, table->entry_count * table->entry_size, searches, count,
			   &crc);
	if (err)
		return err;
	if (crc != table->entries_crc)
		return ERR_GPT_ENTRIES_CRC;
	expected = table->found_crc;
	err = read_entries(disk, table, table->found_size, searches, count, &crc);
	if (err)
		return err;
	return crc == expected ? ERR_OK : ERR_GPT_ENTRIES_CRC;
}

/* ERR_OK: the table at @lba is whole, so that what was found is final. */
static enum err search_table(struct block_device *disk, uint64_t lba, struct gpt_search *searches,
			     unsigned int count, struct table *table)
{
	enum err err = read_header(disk, lba, table);

	if (!err)
		err = search_entries(disk, table, searches, count);
	if (err)
		set_all(searches, count, err);
	return err;
}

/* The last block of the disk as the protective MBR has it; 0: it does not say. */
static uint64_t last_lba_of_mbr(struct block_device *disk)
{
	if (block_read(disk, 0, 1, block) || load_le16(block + MBR_SIGNATURE) != 0xaa55)
		return 0;
	for (const uint8_t *record = block + MBR_RECORDS; record < block + MBR_SIGNATURE;
	     record += MBR_RECORD_SIZE) {
		uint64_t first = load_le32(record + MBR_RECORD_LBA);
		uint64_t count = load_le32(record + MBR_RECORD_SIZE_IN_LBA);

		if (record[MBR_RECORD_TYPE] == MBR_TYPE_GPT && count && count != UINT32_MAX)
			return first + count - 1;
	}
	return 0;
}

enum err gpt_find_all(struct block_device *disk, struct gpt_search *searches, unsigned int count)
{
	uint64_t backups[3];
	struct table table;
	enum err primary_err;

	if (disk->block_size < 512 || disk->block_size > MAX_BLOCK_SIZE ||
	    !is_power_of_2(disk->block_size)) {
		set_all(searches, count, ERR_INVALID);
		return ERR_INVALID;
	}
	primary_err = search_table(disk, PRIMARY_LBA, searches, count, &table);
	if (!primary_err)
		return ERR_OK;
	/* Hints are enough: a backup has to be right by itself. */
	backups[0] = disk->block_count ? disk->block_count - 1 : 0;
	backups[1] = table.alternate_lba;
	backups[2] = last_lba_of_mbr(disk);
	for (unsigned int i = 0; i < ARRAY_SIZE(backups); i++) {
		if (backups[i] <= PRIMARY_LBA ||
		    search_table(disk, backups[i], searches, count, &table))
			continue;
		for (unsigned int j = 0; j < count; j++)
			searches[j].partition.from_backup = true;
		return ERR_OK;
	}
	set_all(searches, count, primary_err);
	return primary_err;
}

enum err gpt_find(struct block_device *disk, const struct gpt_query *query,
		  struct gpt_partition *partition)
{
	struct gpt_search search = { .query = *query };

	gpt_find_all(disk, &search, 1);
	*partition = search.partition;
	return search.err;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err guid_parse(const char *text, struct guid *guid)
{
	/* Where each pair of digits goes; the dashes stand before bytes 4, 6, 8 and 10 of the text. */
	static const uint8_t place[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (unsigned int i = 0; i < sizeof(place); i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return ERR_INVALID;
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0)
			return ERR_INVALID;
		guid->bytes[place[i]] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return *text ? ERR_INVALID : ERR_OK;
}
