/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading bytes from a device of blocks, and finding the FIT there. */
#include "spl/disk.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "spl/place.h"
#include "spl/rollback_store.h"
#include "spl/slot_boot.h"

#define BULK_MAX 0x100000U /* bytes in one request */

/* 3DE21764-95BD-54BD-A5C3-4ABE786F38A8: the UEFI partition type for a U-Boot environment. */
static const struct guid environment_type = { { 0x64, 0x17, 0xe2, 0x3d, 0xbd, 0x95, 0xbd, 0x54,
						0xa5, 0xc3, 0x4a, 0xbe, 0x78, 0x6f, 0x38, 0xa8 } };

/* Sector 2082 is where the partition is by default. */
static const char default_places[] = "type=2E54B353-1271-4842-806F-E436D6AF6985\0"
#if SPL_FAT
				     "esp:/hartline.itb\0"
#endif
				     "offset=0x104400";
static const char *places = default_places;
static uint32_t places_size = sizeof(default_places);

void disk_set_places(const char *list, uint32_t size)
{
	places = list ? list : default_places;
	places_size = list ? size : sizeof(default_places);
}

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

struct source *disk_use(struct disk *disk, const struct gpt_partition *partition)
{
	disk->start = partition->first_lba * disk->block->block_size;
	disk->source.size = partition->block_count * disk->block->block_size;
	return &disk->source;
}

/* What else is of interest is looked for in the same pass over the table. */
static enum err find_partition(struct disk *disk, const struct place *place)
{
	enum { PLACE, ENVIRONMENT, ROLLBACK };
	struct gpt_search searches[] = {
		[PLACE] = { .query = { .type = place->has_name ? NULL : &place->type,
				       .name = place->has_name ? place->name : NULL } },
		[ENVIRONMENT] = { .query = { .type = &environment_type } },
		[ROLLBACK] = { .query = { .name = ROLLBACK_PARTITION } },
	};

	gpt_find_all(disk->block, searches, ARRAY_SIZE(searches));
	for (unsigned int i = 0; i < ARRAY_SIZE(searches); i++) {
		if (searches[i].err && searches[i].err != ERR_GPT_NO_PARTITION)
			return searches[i].err;
	}
	if (SPL_SLOTS && !searches[ENVIRONMENT].err && places == default_places)
		disk->environment = searches[ENVIRONMENT].partition;
	if (!searches[ROLLBACK].err)
		disk->rollback = searches[ROLLBACK].partition;
	if (searches[PLACE].err)
		return searches[PLACE].err;
	if (searches[PLACE].partition.from_backup)
		printf("  the first partition table is damaged, the backup is used\n");
	disk_use(disk, &searches[PLACE].partition);
	return ERR_OK;
}

static enum err find_offset(struct disk *disk, uint64_t offset)
{
	uint64_t bytes = disk->block->block_count * disk->block->block_size;

	disk->start = offset;
	disk->source.size = bytes ? bytes - offset : 0;
	return bytes && bytes <= offset ? ERR_BLOCK_RANGE : ERR_OK;
}

static enum err open_place(struct disk *disk, const char *text, struct source **source)
{
	struct place place;
	enum err err = place_parse(text, &place);

	if (!err)
		err = place.is_partition ? find_partition(disk, &place)
					 : find_offset(disk, place.offset);
	*source = &disk->source;
	if (err || !place.path)
		return err;
	if (!SPL_FAT)
		return ERR_BOOT_PLACE;
	err = fat_open(&disk->fat, &disk->source);
	*source = &disk->file.source;
	return err ? err : fat_find(&disk->fat, place.path, &disk->file);
}

/* It is not there, though the device can be read. */
static bool is_elsewhere(enum err err)
{
	return (err >= ERR_GPT_NONE && err < ERR_FIT_HEADER) || err == ERR_BLOCK_RANGE;
}

enum err disk_open(struct disk *disk, struct block_device *block, struct source **source)
{
	const char *place = places, *end = places + places_size;
	enum err err;

	*disk = (struct disk){ .source = { .read = disk_read, .name = block->name },
			       .block = block };
	if (block->block_size > DISK_BLOCK_MAX)
		return ERR_UNSUPPORTED;
	for (;;) {
		err = open_place(disk, place, source);
		if (!is_elsewhere(err))
			return err;
		printf("  %s: E%03d %s\n", place, err, err_text(err));
		place += strlen(place) + 1;
		if (place >= end)
			return err;
	}
}
