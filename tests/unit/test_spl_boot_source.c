/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of boot devices: two sources that share the name "sd", one "virtio". */
/* sources: lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BOARD_BOOT_SOURCES X(sd_spi) X(sdhci) X(virtio)
#include "spl/boot_source.c"

static unsigned int counts[3], visits, forgets;

static unsigned int count_0(void)
{
	return counts[0];
}

static unsigned int count_1(void)
{
	return counts[1];
}

static unsigned int count_2(void)
{
	return counts[2];
}

static void visit(const struct dt_node *node)
{
	(void)node;
	visits++;
}

static void forget(void)
{
	forgets++;
}

const struct boot_source boot_sd_spi = { "sd", visit, forget, count_0, NULL, NULL, NULL, NULL };
const struct boot_source boot_sdhci = { "sd", visit, forget, count_1, NULL, NULL, NULL, NULL };
const struct boot_source boot_virtio = { "virtio", visit, forget, count_2, NULL, NULL, NULL, NULL };

static int setup(void **state)
{
	(void)state;
	counts[0] = 2;
	counts[1] = 1;
	counts[2] = 3;
	return 0;
}

static void expect_device(const char *name, const struct boot_source *source, unsigned int index,
			  unsigned int number)
{
	struct boot_device device;

	assert_int_equal(boot_device_find(name, &device), ERR_OK);
	assert_ptr_equal(device.source, source);
	assert_int_equal(device.index, index);
	assert_int_equal(device.number, number);
}

static void expect_error(const char *name, enum err err)
{
	struct boot_device device;

	assert_int_equal(boot_device_find(name, &device), err);
}

static void sources_of_one_name_are_counted_on(void **state)
{
	(void)state;
	expect_device("sd0", &boot_sd_spi, 0, 0);
	expect_device("sd1", &boot_sd_spi, 1, 1);
	expect_device("sd2", &boot_sdhci, 0, 2);
	expect_error("sd3", ERR_BOOT_NO_DEVICE);
	counts[0] = 0;
	expect_device("sd0", &boot_sdhci, 0, 0);
	expect_error("sd1", ERR_BOOT_NO_DEVICE);
	expect_device("virtio2", &boot_virtio, 2, 2);
	expect_error("virtio3", ERR_BOOT_NO_DEVICE);
	expect_error("virtio99", ERR_BOOT_NO_DEVICE);
}

static void other_names_are_none(void **state)
{
	static const char *const names[] = { "",     "s",      "sd",   "sdx",		"sd0x",
					     "sd-1", "sd100",  "sd 0", "sd99999999999", "0",
					     "net0", "virtio", "SD0",  "virtio0:" };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		expect_error(names[i], ERR_BOOT_NAME);
}

static void without_an_order_all_come_once(void **state)
{
	static const struct boot_device expected[] = {
		{ &boot_sd_spi, 0, 0 }, { &boot_sd_spi, 1, 1 }, { &boot_sdhci, 0, 2 },
		{ &boot_virtio, 0, 0 }, { &boot_virtio, 1, 1 }, { &boot_virtio, 2, 2 },
	};
	struct boot_device device;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(boot_device_nth(i, &device), ERR_OK);
		assert_ptr_equal(device.source, expected[i].source);
		assert_int_equal(device.index, expected[i].index);
		assert_int_equal(device.number, expected[i].number);
	}
	assert_int_equal(boot_device_nth(ARRAY_SIZE(expected), &device), ERR_BOOT_NO_DEVICE);
}

static void walks_reach_all(void **state)
{
	(void)state;
	boot_sources_visit(NULL);
	boot_sources_forget();
	assert_int_equal(visits, 3);
	assert_int_equal(forgets, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sources_of_one_name_are_counted_on, setup),
		cmocka_unit_test_setup(other_names_are_none, setup),
		cmocka_unit_test_setup(without_an_order_all_come_once, setup),
		cmocka_unit_test_setup(walks_reach_all, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
