/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot environment: its text, its two copies on a disk, and what is left of them when they fail. */
/* sources: spl/env.c spl/env_disk.c drivers/block/block.c lib/crc.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/crc.h"
#include "spl/env_disk.h"

#define SIZE 256
#define BLOCK 512
#define COPY (2 * BLOCK)

static uint8_t bytes[SIZE];
static struct env env = { bytes, SIZE };

/* What fw_setenv would write, @text with all its NULs. */
static void put(uint8_t *copy, size_t size, uint8_t flags, const char *text, size_t length)
{
	uint32_t crc;

	memset(copy, 0x5a, size);
	memcpy(copy + 5, text, length);
	crc = crc32_ieee(0, copy + 5, size - 5);
	memcpy(copy, &crc, 4);
	copy[4] = flags;
}

#define PUT(text) put(bytes, SIZE, 1, text, sizeof(text))

static void finds_variables(void **state)
{
	(void)state;
	PUT("BOOT_ORDER=A B\0A=\0AB=1=2\0=x\0novalue\0LAST=z\0");
	assert_true(env_is_whole(&env));
	assert_string_equal(env_get(&env, "BOOT_ORDER"), "A B");
	assert_string_equal(env_get(&env, "A"), "");
	assert_string_equal(env_get(&env, "AB"), "1=2");
	assert_string_equal(env_get(&env, "LAST"), "z");
	assert_null(env_get(&env, "BOOT"));
	assert_null(env_get(&env, "BOOT_ORDER="));
	assert_null(env_get(&env, "novalue"));
	assert_null(env_get(&env, "Z"));
	PUT("A=1\0\0B=2\0");
	assert_null(env_get(&env, "B"));
	bytes[20] ^= 1;
	assert_false(env_is_whole(&env));
}

static void stays_inside_what_is_not_ended(void **state)
{
	char text[SIZE - 5];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "A=1\0B=", 6);
	put(bytes, SIZE, 1, text, sizeof(text));
	assert_string_equal(env_get(&env, "A"), "1");
	assert_null(env_get(&env, "B"));
	assert_int_equal(env_set(&env, "C", "3"), ERR_OK);
	assert_string_equal(env_get(&env, "C"), "3");
	assert_null(env_get(&env, "B"));
	env_seal(&env, 9);
	assert_true(env_is_whole(&env));
	assert_int_equal(env_flags(&env), 9);
	assert_memory_equal(bytes + 5, "A=1\0C=3\0\0\0\0", 12);
}

static void sets_and_deletes(void **state)
{
	(void)state;
	PUT("A=1\0B=2\0A=3\0");
	assert_int_equal(env_set(&env, "A", "longer than before"), ERR_OK);
	assert_string_equal(env_get(&env, "A"), "longer than before");
	assert_string_equal(env_get(&env, "B"), "2");
	assert_int_equal(env_set(&env, "A", NULL), ERR_OK);
	assert_null(env_get(&env, "A"));
	assert_int_equal(env_set(&env, "A", NULL), ERR_OK);
	assert_int_equal(env_set(&env, "B", NULL), ERR_OK);
	env_seal(&env, 1);
	for (unsigned int i = 5; i < SIZE; i++)
		assert_int_equal(bytes[i], 0);
}

static void knows_when_it_is_full(void **state)
{
	char value[SIZE];

	(void)state;
	/* "A=" + value + NUL + NUL is all of it. */
	for (unsigned int length = SIZE - 5 - 4; length < SIZE - 5 - 1; length++) {
		memset(value, 'v', sizeof(value));
		value[length] = '\0';
		env_clear(&env);
		assert_int_equal(env_set(&env, "A", value),
				 length == SIZE - 5 - 4 ? ERR_OK : ERR_ENV_FULL);
		if (length == SIZE - 5 - 4)
			assert_string_equal(env_get(&env, "A"), value);
		else
			assert_null(env_get(&env, "A"));
	}
	value[SIZE - 5 - 4] = '\0';
	assert_int_equal(env_set(&env, "A", value), ERR_OK);
	assert_int_equal(env_set(&env, "B", ""), ERR_ENV_FULL);
	assert_string_equal(env_get(&env, "A"), value);
	assert_int_equal(env_set(&env, "A", "1"), ERR_OK);
	assert_int_equal(env_set(&env, "B", ""), ERR_OK);
}

/* A list that fills all of it, without a NUL behind its last variable: what is there can be changed. */
static void changes_in_place_when_no_byte_is_left(void **state)
{
	char *text = (char *)bytes + 5;

	(void)state;
	env_clear(&env);
	memset(text, 'v', SIZE - 5);
	memcpy(text, "L=3\0A=", 6);
	text[SIZE - 5 - 1] = '\0';
	assert_int_equal(env_set(&env, "B", ""), ERR_ENV_FULL);
	assert_int_equal(env_set(&env, "L", "22"), ERR_ENV_FULL);
	assert_string_equal(env_get(&env, "L"), "3");
	assert_int_equal(env_set(&env, "L", "2"), ERR_OK);
	assert_string_equal(env_get(&env, "L"), "2");
	assert_int_equal(strlen(env_get(&env, "A")), SIZE - 5 - 4 - 3);
	assert_int_equal(env_set(&env, "L", NULL), ERR_OK);
	assert_int_equal(env_set(&env, "L", "1"), ERR_ENV_FULL);
	assert_int_equal(env_set(&env, "L", ""), ERR_OK);
}

static void reads_numbers_as_setexpr_writes_them(void **state)
{
	static const struct {
		const char *text;
		uint64_t number;
	} numbers[] = {
		{ "3", 3 },
		{ "a", 10 },
		{ "1F", 31 },
		{ "0x10", 16 },
		{ "", 0 },
		{ "-1", 0 },
		{ "3 ", 0 },
		{ "three", 0 },
		{ "0x", 0 },
		{ "0XfF", 255 },
		{ "0123456789abcdef", 0x123456789abcdef },
		{ "g", 0 },
		{ "11112222333344445", 0 },
	};

	(void)state;
	env_clear(&env);
	assert_int_equal(env_get_number(&env, "N", 77), 77);
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		env_set(&env, "N", numbers[i].text);
		assert_int_equal(env_get_number(&env, "N", 77), numbers[i].number);
	}
	env_set_number(&env, "N", 0xfedc);
	assert_string_equal(env_get(&env, "N"), "fedc");
}

static void the_newer_one_of_any_two(void **state)
{
	(void)state;
	for (unsigned int flags = 0; flags < 256; flags++) {
		assert_int_equal(env_newer((uint8_t)flags, (uint8_t)(flags + 1)), 1);
		assert_int_equal(env_newer((uint8_t)(flags + 1), (uint8_t)flags), 0);
		assert_int_equal(env_newer((uint8_t)flags, (uint8_t)flags), 0);
	}
}

static struct {
	uint8_t blocks[8][BLOCK];
	unsigned int writes;
	int unreadable, unwritable, forgetful; /* which block; -1: none */
	unsigned int copy_0_is_good_for;       /* reads, then it is damaged */
} m;

static enum err model_read(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer)
{
	(void)dev;
	if (lba == 0 && count > 1 && !m.copy_0_is_good_for--)
		m.blocks[0][100] ^= 1;
	for (uint32_t i = 0; i < count; i++) {
		if ((int)(lba + i) == m.unreadable)
			return ERR_SD_READ;
		memcpy((uint8_t *)buffer + i * BLOCK, m.blocks[lba + i], BLOCK);
	}
	return ERR_OK;
}

static enum err model_write(struct block_device *dev, uint64_t lba, uint32_t count,
			    const void *buffer)
{
	(void)dev;
	assert_int_equal(count, 1);
	m.writes++;
	if ((int)lba == m.unwritable)
		return ERR_SD_WRITE;
	if ((int)lba != m.forgetful)
		memcpy(m.blocks[lba], buffer, BLOCK);
	return ERR_OK;
}

static const struct block_ops model = { .read = model_read, .write = model_write };
static struct block_device device = { .ops = &model, .block_size = BLOCK, .block_count = 8 };
static const uint64_t places[2] = { 0, 4 };
static struct env_disk disk;

static int erase(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.unreadable = m.unwritable = m.forgetful = -1;
	m.copy_0_is_good_for = UINT32_MAX;
	return 0;
}

static void put_copy(unsigned int which, uint8_t flags, const char *value)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "V=%s", value);

	put(m.blocks[places[which]], COPY, flags, text, (size_t)length + 2);
}

static void assert_opens(enum err err, const char *value)
{
	assert_int_equal(env_disk_open(&disk, &device, places, COPY), err);
	if (value)
		assert_string_equal(env_get(&disk.env, "V"), value);
	else
		assert_null(env_get(&disk.env, "V"));
}

static void takes_the_newer_copy_and_writes_the_older(void **state)
{
	(void)state;
	put_copy(0, 255, "old");
	put_copy(1, 0, "new");
	assert_opens(ERR_OK, "new");
	for (unsigned int i = 0; i < 300; i++) {
		char value[8];
		uint8_t before[COPY];
		unsigned int other = i % 2 ? 0 : 1;

		memcpy(before, m.blocks[places[other]], COPY);
		snprintf(value, sizeof(value), "%u", i);
		env_set(&disk.env, "V", value);
		assert_int_equal(env_disk_save(&disk), ERR_OK);
		assert_memory_equal(before, m.blocks[places[other]], COPY);
		assert_opens(ERR_OK, value);
	}
	/* The second block of a copy is the same all the time, but for the first writes. */
	assert_in_range(m.writes, 300, 302);
}

static void takes_the_copy_that_is_whole(void **state)
{
	put_copy(0, 2, "zero");
	put_copy(1, 3, "one");
	m.blocks[5][0] ^= 1;
	assert_opens(ERR_OK, "zero");
	env_set(&disk.env, "V", "next");
	assert_int_equal(env_disk_save(&disk), ERR_OK);
	m.blocks[0][9] ^= 1;
	assert_opens(ERR_OK, "next");

	erase(state);
	put_copy(1, 3, "one");
	m.unreadable = 0;
	assert_opens(ERR_OK, "one");
}

static void starts_anew_when_none_is_whole(void **state)
{
	assert_opens(ERR_ENV_DAMAGED, NULL);
	env_set(&disk.env, "V", "first");
	assert_int_equal(env_disk_save(&disk), ERR_OK);
	assert_opens(ERR_OK, "first");

	erase(state);
	m.unreadable = 0;
	assert_opens(ERR_SD_READ, NULL);
}

static void believes_only_what_it_holds(void **state)
{
	(void)state;
	put_copy(0, 9, "newer");
	put_copy(1, 8, "older");
	m.copy_0_is_good_for = 1;
	assert_opens(ERR_OK, "older");
	env_set(&disk.env, "V", "next");
	assert_int_equal(env_disk_save(&disk), ERR_OK);
	m.copy_0_is_good_for = UINT32_MAX;
	assert_opens(ERR_OK, "next");
}

static void sees_that_the_disk_does_not_keep_it(void **state)
{
	(void)state;
	put_copy(0, 1, "old");
	for (unsigned int i = 4; i < 6; i++) {
		assert_opens(ERR_OK, "old");
		env_set(&disk.env, "V", "new");
		m.blocks[5][7] = (uint8_t)i;
		m.forgetful = (int)i;
		assert_int_equal(env_disk_save(&disk), ERR_ENV_WRITE);
		m.forgetful = -1;
		m.unwritable = (int)i;
		assert_int_equal(env_disk_save(&disk), ERR_SD_WRITE);
		m.unwritable = -1;
		assert_opens(ERR_OK, "old");
	}
}

static void refuses_places_that_cannot_be(void **state)
{
	static const uint64_t overlapping[2] = { 0, 1 };

	(void)state;
	assert_int_equal(env_disk_open(&disk, &device, overlapping, COPY), ERR_ENV_PLACE);
	assert_int_equal(env_disk_open(&disk, &device, places, 0), ERR_ENV_PLACE);
	assert_int_equal(env_disk_open(&disk, &device, places, BLOCK + 1), ERR_ENV_PLACE);
	assert_int_equal(env_disk_open(&disk, &device, places, 2 * ENV_DISK_SIZE_MAX),
			 ERR_ENV_PLACE);
	assert_int_equal(m.writes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_variables),
		cmocka_unit_test(stays_inside_what_is_not_ended),
		cmocka_unit_test(sets_and_deletes),
		cmocka_unit_test(knows_when_it_is_full),
		cmocka_unit_test(changes_in_place_when_no_byte_is_left),
		cmocka_unit_test(reads_numbers_as_setexpr_writes_them),
		cmocka_unit_test(the_newer_one_of_any_two),
		cmocka_unit_test_setup(takes_the_newer_copy_and_writes_the_older, erase),
		cmocka_unit_test_setup(takes_the_copy_that_is_whole, erase),
		cmocka_unit_test_setup(starts_anew_when_none_is_whole, erase),
		cmocka_unit_test_setup(believes_only_what_it_holds, erase),
		cmocka_unit_test_setup(sees_that_the_disk_does_not_keep_it, erase),
		cmocka_unit_test_setup(refuses_places_that_cannot_be, erase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
