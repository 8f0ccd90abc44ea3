/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a FIT by bytes from a device of blocks, and finding it there. */
/* sources: drivers/block/block.c fs/fat.c fit/source.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SPL_FAT 1
#include "spl/disk.c"
#include "spl/place.c"

#define IMAGE_SIZE (4u << 20)
#define RAW_OFFSET (2082u * 512u)

static uint8_t image[IMAGE_SIZE];
static struct block_device device;
static struct disk disk;
static struct source *fit;
static unsigned int requests, bounced;
static enum err gpt_result, other_result, device_result;
static struct gpt_partition gpt_answer, environment_answer, rollback_answer;
static char asked[8][48];
static unsigned int asked_count;

static enum err model_read(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer)
{
	requests++;
	if (buffer == disk.cache)
		bounced++;
	if (device_result)
		return device_result;
	assert_true((lba + count) * dev->block_size <= IMAGE_SIZE);
	memcpy(buffer, image + lba * dev->block_size, (size_t)count * dev->block_size);
	return ERR_OK;
}

static const struct block_ops model = { .read = model_read };

/* Stands in for drivers/block/gpt.c, which has its own test. */
static void answer(struct gpt_search *search, const struct gpt_partition *partition)
{
	search->partition = *partition;
	search->err = partition->block_count ? other_result : ERR_GPT_NO_PARTITION;
}

enum err gpt_find_all(struct block_device *dev, struct gpt_search *searches, unsigned int count)
{
	static const uint8_t env_type[16] = { 0x64, 0x17, 0xe2, 0x3d, 0xbd, 0x95, 0xbd, 0x54,
					      0xa5, 0xc3, 0x4a, 0xbe, 0x78, 0x6f, 0x38, 0xa8 };
	const struct gpt_query *query = &searches[0].query;

	assert_ptr_equal(dev, &device);
	assert_int_equal(count, 3);
	assert_memory_equal(searches[1].query.type->bytes, env_type, 16);
	assert_null(searches[1].query.name);
	assert_null(searches[2].query.type);
	assert_string_equal(searches[2].query.name, "hartline-rollback");
	answer(&searches[1], &environment_answer);
	answer(&searches[2], &rollback_answer);
	assert_null(query->unique);
	assert_true(!query->type != !query->name);
	snprintf(asked[asked_count++ % 8], sizeof(asked[0]), "%s%02x",
		 query->name ? query->name : "type ", query->type ? query->type->bytes[0] : 0);
	searches[0].partition = gpt_answer;
	searches[0].err = gpt_result;
	return gpt_result == ERR_GPT_NO_PARTITION ? ERR_OK : gpt_result;
}

/* Only its textual form is needed here. */
enum err guid_parse(const char *text, struct guid *guid)
{
	*guid = (struct guid){ { (uint8_t)strtoul(text, NULL, 16) } };
	return strlen(text) == 36 ? ERR_OK : ERR_INVALID;
}

static int setup(void **state)
{
	(void)state;
	srand(1);
	for (unsigned int i = 0; i < IMAGE_SIZE; i++)
		image[i] = (uint8_t)rand();
	device = (struct block_device){
		.ops = &model, .name = "model", .block_size = 512, .block_count = IMAGE_SIZE / 512
	};
	gpt_result = ERR_OK;
	other_result = ERR_OK;
	device_result = ERR_OK;
	gpt_answer = (struct gpt_partition){ .first_lba = 100, .block_count = 4000 };
	environment_answer.block_count = 0;
	rollback_answer.block_count = 0;
	asked_count = 0;
	disk_set_places(NULL, 0);
	return 0;
}

static void open_with(uint32_t block_size)
{
	device.block_size = block_size;
	device.block_count = IMAGE_SIZE / block_size;
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_OK);
	requests = 0;
	bounced = 0;
}

static enum err read_at(uint64_t offset, void *buffer, size_t length)
{
	return fit->read(fit, offset, buffer, length);
}

static void any_range_reads_right(void **state)
{
	static uint8_t buffer[20000];

	(void)state;
	for (uint32_t block_size = 512; block_size <= 4096; block_size *= 2) {
		gpt_answer.block_count = 500;
		open_with(block_size);
		for (unsigned int i = 0; i < 2000; i++) {
			size_t length = (size_t)rand() % (rand() % 2 ? 100 : sizeof(buffer));
			uint64_t offset = (uint64_t)rand() % (500 * block_size - length);

			memset(buffer, 0xee, sizeof(buffer));
			assert_int_equal(read_at(offset, buffer, length), ERR_OK);
			assert_memory_equal(buffer, image + 100 * block_size + offset, length);
			for (size_t j = length; j < sizeof(buffer); j++)
				assert_int_equal(buffer[j], 0xee);
		}
	}
}

static void whole_blocks_go_straight_to_their_place(void **state)
{
	static uint8_t buffer[65536];

	(void)state;
	open_with(512);
	assert_int_equal(read_at(4096, buffer, sizeof(buffer)), ERR_OK);
	assert_int_equal(requests, 1);
	assert_int_equal(bounced, 0);
	/* Head, body, tail. */
	assert_int_equal(read_at(4000, buffer, 10000), ERR_OK);
	assert_int_equal(requests, 4);
	assert_int_equal(bounced, 2);
}

static void a_block_is_read_once_for_small_neighbours(void **state)
{
	uint8_t word[8];

	(void)state;
	open_with(512);
	for (unsigned int i = 0; i < 512; i += 8)
		assert_int_equal(read_at(i, word, 8), ERR_OK);
	assert_int_equal(requests, 1);
}

static void a_failed_block_is_not_taken_for_read(void **state)
{
	uint8_t word[8];

	(void)state;
	open_with(512);
	assert_int_equal(read_at(0, word, 8), ERR_OK);
	device_result = ERR_SD_READ;
	assert_int_equal(read_at(512, word, 8), ERR_SD_READ);
	device_result = ERR_OK;
	assert_int_equal(read_at(512, word, 8), ERR_OK);
	assert_memory_equal(word, image + 101 * 512, 8);
	assert_int_equal(requests, 3);
}

static void partition_sets_start_and_size(void **state)
{
	(void)state;
	open_with(512);
	assert_int_equal(disk.start, 100 * 512);
	assert_int_equal(disk.source.size, 4000 * 512);
	assert_int_equal(asked_count, 1);
	assert_string_equal(asked[0], "type 53");
}

static void set_places(const char *list, uint32_t size)
{
	disk_set_places(list, size);
	asked_count = 0;
}
#define PLACES(list) set_places(list, sizeof(list))

static void places_are_tried_in_turn(void **state)
{
	(void)state;
	PLACES("name=first\0type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B\0offset=0x400");
	gpt_result = ERR_GPT_NO_PARTITION;
	open_with(512);
	assert_int_equal(asked_count, 2);
	assert_string_equal(asked[0], "first00");
	assert_int_equal(disk.start, 0x400);
	assert_ptr_equal(fit, &disk.source);

	/* No file system there, then nonsense, then beyond the end: told by the last one. */
	gpt_result = ERR_OK;
	PLACES("esp:/hartline.itb");
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_FAT_NONE);
	PLACES("esp:/hartline.itb\0nonsense\0offset=0xffffffffffff");
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_BLOCK_RANGE);
	PLACES("offset=100\0name=never");
	open_with(512);
	assert_int_equal(asked_count, 0);
	assert_int_equal(disk.start, 100);
}

static void a_file_is_a_place(void **state)
{
	static const uint8_t entry[32] = "FIT     ITB\x20";
	uint8_t *fat = image + 0x10000, word[4];

	(void)state;
	/* FAT12: a sector of header, of FAT, of root; then clusters. */
	memset(fat, 0, 1536);
	memcpy(fat + 11, "\0\2\1\1\0\1\x10\0\x80\0\xf8\1\0", 13);
	memcpy(fat + 510, "\x55\xaa", 2);
	memcpy(fat + 512 + 4, "\xf0\xff", 2);
	memcpy(fat + 1024, entry, 32);
	fat[1024 + 26] = 3;
	fat[1024 + 29] = 1;
	PLACES("offset=0x10000:/fit.itb");
	open_with(512);
	assert_ptr_equal(fit, &disk.file.source);
	assert_int_equal(fit->size, 256);
	assert_int_equal(read_at(4, word, 4), ERR_OK);
	assert_memory_equal(word, fat + 1536 + 512 + 4, 4);
	PLACES("offset=0x10000:/other.itb");
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_FAT_NOT_FOUND);
}

static void words_for_places(void **state)
{
	static const char *const wrong[] = {
		"",
		"esp:",
		"esp:file",
		"espresso",
		"ESP",
		"offset=",
		"offset=0x",
		"offset=12a",
		"offset=-1",
		"name=",
		"type=",
		"offset",
		"type=1-2-3-4",
		"offset=0x10000000000000000",
		"offset=99999999999999999999",
		"name=a name that has more than 36 characters",
		":/file",
	};
	struct place place;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (place_parse(wrong[i], &place) != ERR_BOOT_PLACE)
			fail_msg("%s", wrong[i]);
	}
	assert_int_equal(place_parse("name=boot a:/x/y", &place), ERR_OK);
	assert_true(place.is_partition && place.has_name);
	assert_string_equal(place.name, "boot a");
	assert_string_equal(place.path, "/x/y");
	assert_int_equal(place_parse("esp", &place), ERR_OK);
	assert_true(place.is_partition && !place.has_name && !place.path);
	assert_int_equal(place.type.bytes[0], 0x28);
	assert_int_equal(place_parse("offset=1066", &place), ERR_OK);
	assert_int_equal(place.offset, 1066);
	assert_int_equal(place_parse("offset=0xfedcba9876543210:/f", &place), ERR_OK);
	assert_int_equal(place.offset, 0xfedcba9876543210);
}

static void other_partitions_are_remembered(void **state)
{
	const struct gpt_partition slot = { .first_lba = 5000, .block_count = 7 };
	uint8_t word[8];

	(void)state;
	open_with(512);
	assert_int_equal(disk.environment.block_count, 0);
	assert_int_equal(disk.rollback.block_count, 0);
	environment_answer = (struct gpt_partition){ .first_lba = 6000, .block_count = 64 };
	rollback_answer = (struct gpt_partition){ .first_lba = 6064, .block_count = 2 };
	open_with(512);
	assert_int_equal(disk.environment.first_lba, 6000);
	assert_int_equal(disk.rollback.first_lba, 6064);
	fit = disk_use(&disk, &slot);
	assert_int_equal(fit->size, 7 * 512);
	assert_int_equal(read_at(512, word, 8), ERR_OK);
	assert_memory_equal(word, image + 5001 * 512, 8);
	/* Who says where the FIT is wants it from there. */
	PLACES("name=here");
	open_with(512);
	assert_int_equal(disk.environment.block_count, 0);
	assert_int_equal(disk.rollback.block_count, 2);
	/* What was found on another disk is forgotten. */
	disk_set_places(NULL, 0);
	environment_answer.block_count = 0;
	rollback_answer.block_count = 0;
	open_with(512);
	assert_int_equal(disk.environment.block_count, 0);
	assert_int_equal(disk.rollback.block_count, 0);
}

/* What would be written is not where the table says, or other things are there as well. */
static void a_bad_partition_beside_the_fit_spoils_the_disk(void **state)
{
	(void)state;
	other_result = ERR_GPT_OVERLAP;
	PLACES("name=here");
	environment_answer.block_count = 64;
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_GPT_OVERLAP);
	assert_int_equal(disk.environment.block_count, 0);
	environment_answer.block_count = 0;
	rollback_answer.block_count = 2;
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_GPT_OVERLAP);
	rollback_answer.block_count = 0;
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_OK);
}

static void without_partition_the_raw_sector_counts(void **state)
{
	static const enum err results[] = { ERR_GPT_NONE, ERR_GPT_NO_PARTITION,
					    ERR_GPT_HEADER_CRC };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		gpt_result = results[i];
		for (uint32_t block_size = 512; block_size <= 4096; block_size *= 8) {
			uint8_t word[8];

			open_with(block_size);
			assert_int_equal(disk.source.size, IMAGE_SIZE - RAW_OFFSET);
			assert_int_equal(read_at(0, word, 8), ERR_OK);
			assert_memory_equal(word, image + RAW_OFFSET, 8);
		}
	}
}

static void size_is_unknown_when_the_device_does_not_know(void **state)
{
	(void)state;
	gpt_result = ERR_GPT_NONE;
	device.block_count = 0;
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_OK);
	assert_int_equal(disk.source.size, 0);
}

static void errors_of_the_device_end_it(void **state)
{
	uint8_t word[8];

	(void)state;
	gpt_result = ERR_SD_DATA_CRC;
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_SD_DATA_CRC);
	gpt_result = ERR_GPT_NONE;
	device.block_count = 1000; /* ends before the raw sector */
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_BLOCK_RANGE);
	device.block_size = 8192;
	assert_int_equal(disk_open(&disk, &device, &fit), ERR_UNSUPPORTED);
	gpt_result = ERR_OK;
	open_with(512);
	assert_int_equal(read_at(UINT64_MAX - 3, word, 8), ERR_BLOCK_RANGE);
	assert_int_equal(read_at(IMAGE_SIZE, word, 8), ERR_BLOCK_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(any_range_reads_right, setup),
		cmocka_unit_test_setup(whole_blocks_go_straight_to_their_place, setup),
		cmocka_unit_test_setup(a_block_is_read_once_for_small_neighbours, setup),
		cmocka_unit_test_setup(a_failed_block_is_not_taken_for_read, setup),
		cmocka_unit_test_setup(partition_sets_start_and_size, setup),
		cmocka_unit_test_setup(other_partitions_are_remembered, setup),
		cmocka_unit_test_setup(a_bad_partition_beside_the_fit_spoils_the_disk, setup),
		cmocka_unit_test_setup(without_partition_the_raw_sector_counts, setup),
		cmocka_unit_test_setup(size_is_unknown_when_the_device_does_not_know, setup),
		cmocka_unit_test_setup(errors_of_the_device_end_it, setup),
		cmocka_unit_test_setup(places_are_tried_in_turn, setup),
		cmocka_unit_test_setup(a_file_is_a_place, setup),
		cmocka_unit_test_setup(words_for_places, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
