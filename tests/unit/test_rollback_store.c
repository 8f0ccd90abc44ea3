/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rollback store counts: the board's own, which this test is the board for; one on the device that
 * the control DTB names; that of the disk. Disks are arrays; of two devices only one is ever open.
 */
/* sources: spl/rollback.c drivers/block/block.c lib/crc.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BOARD_BOOT_SOURCES X(virtio) X(tftp)
#include "spl/boot_source.c"
#include "spl/rollback_store.c"

#define BLOCKS 64
#define FIRST_LBA 40
#define COUNT 8

static uint8_t media[2][BLOCKS][512];
static bool has_partition[2];
static enum err open_result, read_result, write_result;
static unsigned int open_devices, opened, writes;
static struct block_device block = { .name = "model", .block_size = 512, .block_count = BLOCKS };
static uint8_t (*medium)[512]; /* of the device that is open */
static struct disk disk;
static const struct rollback_store *own; /* the board's */
static uint64_t otp;

static enum err model_read(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer)
{
	assert_ptr_equal(dev, &block);
	memcpy(buffer, medium[lba], count * 512UL);
	return read_result;
}

static enum err model_write(struct block_device *dev, uint64_t lba, uint32_t count,
			    const void *data)
{
	assert_ptr_equal(dev, &block);
	writes++;
	if (!write_result)
		memcpy(medium[lba], data, count * 512UL);
	return write_result;
}

static const struct block_ops model = { .read = model_read, .write = model_write };

/* --- Stand-ins for the SPL around it --- */

static unsigned int two(void)
{
	return 2;
}

static unsigned int one(void)
{
	return 1;
}

static enum err model_open(unsigned int index, struct source **source)
{
	(void)source;
	assert_int_equal(open_devices++, 0);
	opened++;
	disk = (struct disk){ .block = &block };
	medium = media[index];
	return open_result;
}

static void model_close(void)
{
	assert_int_equal(open_devices--, 1);
	medium = NULL;
}

static enum err never_open(unsigned int index, struct source **source)
{
	(void)index;
	(void)source;
	fail();
	return ERR_OK;
}

const struct boot_source boot_virtio = {
	.name = "virtio", .count = two, .open = model_open, .close = model_close, .disk = &disk
};
const struct boot_source boot_tftp = { .name = "tftp", .count = one, .open = never_open };

void disk_set_places(const char *list, uint32_t size)
{
	assert_memory_equal(list, "offset=0", size);
}

enum err gpt_find_all(struct block_device *dev, struct gpt_search *searches, unsigned int count)
{
	assert_ptr_equal(dev, &block);
	assert_int_equal(count, 1);
	assert_string_equal(searches->query.name, "hartline-rollback");
	assert_null(searches->query.type);
	searches->partition =
		(struct gpt_partition){ .first_lba = FIRST_LBA, .block_count = COUNT };
	searches->err = has_partition[medium == media[1]] ? ERR_OK : ERR_GPT_NO_PARTITION;
	return ERR_OK;
}

const struct rollback_store *board_rollback_store(void)
{
	return own;
}

static enum err otp_get(const struct rollback_store *store, uint64_t *minimum)
{
	assert_ptr_equal(store, own);
	*minimum = otp;
	return ERR_OK;
}

static enum err otp_advance(const struct rollback_store *store, uint64_t minimum)
{
	assert_ptr_equal(store, own);
	assert_true(minimum >= otp);
	otp = minimum;
	return ERR_OK;
}

static int setup(void **state)
{
	(void)state;
	block.ops = &model;
	memset(media, 0, sizeof(media));
	has_partition[0] = has_partition[1] = true;
	open_result = read_result = write_result = ERR_OK;
	opened = writes = 0;
	named.wanted = 0;
	own = NULL;
	otp = 0;
	return 0;
}

/* --- What boot.c does --- */

/* Opens a device and chooses the store for it; it stays open. */
static const struct rollback_store *choose(unsigned int device)
{
	struct source *source;
	const struct rollback_store *store;

	assert_int_equal(model_open(device, &source), ERR_OK);
	if (has_partition[device])
		disk.rollback =
			(struct gpt_partition){ .first_lba = FIRST_LBA, .block_count = COUNT };
	assert_int_equal(rollback_store_choose(&disk, false, &store), ERR_OK);
	return store;
}

static uint64_t minimum_for(unsigned int device)
{
	uint64_t minimum;

	assert_int_equal(rollback_get(choose(device), &minimum), ERR_OK);
	model_close();
	return minimum;
}

/* An image from @device has been confirmed. */
static enum err advance(unsigned int device, uint64_t minimum)
{
	enum err err = rollback_advance(choose(device), minimum);

	model_close();
	return err ? err : rollback_store_write();
}

/* --- Tests --- */

static void the_board_has_one(void **state)
{
	static const struct rollback_ops ops = { .get = otp_get, .advance = otp_advance };
	static const struct rollback_store board = { .ops = &ops };
	const struct rollback_store *store;

	(void)state;
	own = &board;
	otp = 7;
	/* Nothing else is asked, or written: neither the named device nor the disk's partition. */
	assert_int_equal(rollback_store_read("virtio1"), ERR_OK);
	assert_int_equal(opened, 0);
	assert_int_equal(minimum_for(0), 7);
	assert_int_equal(advance(0, 8), ERR_OK);
	assert_int_equal(otp, 8);
	assert_int_equal(advance(0, 5), ERR_OK);
	assert_int_equal(otp, 8);
	assert_int_equal(writes, 0);
	/* It is for what comes from no disk, too. */
	assert_int_equal(rollback_store_choose(NULL, true, &store), ERR_OK);
	assert_ptr_equal(store, own);
}

static void each_disk_for_itself(void **state)
{
	const struct rollback_store *store;

	(void)state;
	assert_int_equal(rollback_store_read(NULL), ERR_OK);
	assert_int_equal(advance(0, 3), ERR_OK);
	assert_int_equal(minimum_for(0), 3);
	assert_int_equal(minimum_for(1), 0);
	assert_int_equal(rollback_store_choose(NULL, false, &store), ERR_OK);
	assert_null(store);
	assert_int_equal(rollback_store_choose(NULL, true, &store), ERR_ROLLBACK_NONE);
	has_partition[0] = false;
	assert_null(choose(0));
	assert_int_equal(rollback_store_choose(&disk, true, &store), ERR_ROLLBACK_NONE);
	model_close();
}

static void one_device_for_all(void **state)
{
	const struct rollback_store *store;
	uint64_t minimum;

	(void)state;
	assert_int_equal(rollback_store_read("virtio1"), ERR_OK);
	assert_int_equal(minimum_for(0), 0);
	assert_int_equal(advance(0, 3), ERR_OK);
	assert_int_equal(writes, 2);
	/* In the next boot, from whatever. */
	assert_int_equal(rollback_store_read("virtio1"), ERR_OK);
	assert_int_equal(minimum_for(0), 3);
	assert_int_equal(minimum_for(1), 3);
	assert_int_equal(rollback_store_choose(NULL, true, &store), ERR_OK);
	assert_int_equal(rollback_get(store, &minimum), ERR_OK);
	assert_int_equal(minimum, 3);
	/* Nothing is written when it is there already, and never less than that. */
	assert_int_equal(advance(0, 3), ERR_OK);
	assert_int_equal(advance(0, 2), ERR_OK);
	assert_int_equal(writes, 2);
	assert_int_equal(rollback_store_read("virtio1"), ERR_OK);
	assert_int_equal(minimum_for(0), 3);
	/* The disk that was booted from has got nothing of it. */
	assert_int_equal(rollback_store_read(NULL), ERR_OK);
	assert_int_equal(minimum_for(0), 0);
}

static void a_torn_copy_is_made_whole(void **state)
{
	(void)state;
	assert_int_equal(rollback_store_read("virtio1"), ERR_OK);
	assert_int_equal(advance(0, 3), ERR_OK);
	media[1][FIRST_LBA + COUNT - 1][8] ^= 1;
	assert_int_equal(rollback_store_read("virtio1"), ERR_OK);
	assert_int_equal(minimum_for(0), 3);
	assert_int_equal(advance(0, 3), ERR_OK);
	assert_memory_equal(media[1][FIRST_LBA], media[1][FIRST_LBA + COUNT - 1], 512);
}

static void without_it_nothing_boots(void **state)
{
	(void)state;
	assert_int_equal(rollback_store_read("nonsense"), ERR_BOOT_NAME);
	assert_int_equal(rollback_store_read("virtio2"), ERR_BOOT_NO_DEVICE);
	assert_int_equal(rollback_store_read("tftp0"), ERR_ROLLBACK_NONE);
	has_partition[1] = false;
	assert_int_equal(rollback_store_read("virtio1"), ERR_ROLLBACK_NONE);
	has_partition[1] = true;
	open_result = ERR_SD_NO_CARD;
	assert_int_equal(rollback_store_read("virtio1"), ERR_SD_NO_CARD);
	open_result = ERR_OK;
	read_result = ERR_SD_READ;
	assert_int_equal(rollback_store_read("virtio1"), ERR_SD_READ);
	read_result = ERR_OK;
	media[1][FIRST_LBA][0] = media[1][FIRST_LBA + COUNT - 1][0] = 1;
	assert_int_equal(rollback_store_read("virtio1"), ERR_ROLLBACK_STORE);
	assert_int_equal(open_devices, 0);
}

/* Two rounds of one boot: what is known of a device that is gone is not kept. */
static void a_store_that_vanishes(void **state)
{
	const struct rollback_store *store;

	(void)state;
	assert_int_equal(rollback_store_read("virtio1"), ERR_OK);
	has_partition[1] = false;
	assert_int_equal(rollback_store_read("virtio1"), ERR_ROLLBACK_NONE);
	assert_int_equal(rollback_store_choose(NULL, true, &store), ERR_ROLLBACK_NONE);
}

static void what_cannot_be_written_is_told(void **state)
{
	(void)state;
	assert_int_equal(rollback_store_read("virtio1"), ERR_OK);
	write_result = ERR_BLOCK_READ_ONLY;
	assert_int_equal(advance(0, 3), ERR_BLOCK_READ_ONLY);
	write_result = ERR_OK;
	has_partition[1] = false;
	assert_int_equal(advance(0, 3), ERR_ROLLBACK_NONE);
	assert_int_equal(open_devices, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_board_has_one, setup),
		cmocka_unit_test_setup(each_disk_for_itself, setup),
		cmocka_unit_test_setup(one_device_for_all, setup),
		cmocka_unit_test_setup(a_torn_copy_is_made_whole, setup),
		cmocka_unit_test_setup(without_it_nothing_boots, setup),
		cmocka_unit_test_setup(a_store_that_vanishes, setup),
		cmocka_unit_test_setup(what_cannot_be_written_is_told, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
