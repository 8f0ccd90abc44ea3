/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the flash of a SPI controller can be seen: what the tree says of it, if it is there. */
/* sources: lib/dt.c lib/err.c spl/spi_devices.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "spl/boot_nor.c"
#include "tests/unit/dtb.h"

static bool window_is_there;
static struct spi_bus opened;

void sifive_spi_init(struct sifive_spi *of, uintptr_t base, uint32_t input_hz, unsigned int cs)
{
	assert_int_equal(base, 0x10040000);
	assert_int_equal(input_hz, 500000000);
	assert_int_equal(cs, 0);
	*of = (struct sifive_spi){ .base = base };
}

enum err spi_nor_open(struct spi_nor *of, struct spi_bus *bus, uint32_t hz)
{
	(void)of;
	assert_int_equal(hz, 50000000);
	opened = *bus;
	return ERR_NOR_NONE;
}

bool probe_is_readable(uint64_t base, uint64_t size)
{
	assert_int_equal(base, 0x20000000);
	assert_int_equal(size, 8);
	return window_is_there;
}

enum err disk_open(struct disk *on, struct block_device *block, struct source **source)
{
	(void)on;
	(void)block;
	(void)source;
	return ERR_OK;
}

static enum err show(const struct dt_node *node, void *context)
{
	(void)context;
	boot_nor.visit(node);
	return ERR_OK;
}

static void open_flash(bool with_window)
{
	struct source *source;
	struct dt dt;

	boot_nor.forget();
	dtb_begin();
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 1);
	DTB_NODE("spi@10040000");
	DTB_STRING("compatible", "sifive,spi0");
	if (with_window)
		DTB_CELLS("reg", 0x10040000, 0x1000, 0x20000000, 0x10000000);
	else
		DTB_CELLS("reg", 0x10040000, 0x1000);
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 0);
	DTB_NODE("flash@0");
	DTB_STRING("compatible", "jedec,spi-nor");
	DTB_CELLS("reg", 0);
	DTB_CELLS("spi-max-frequency", 50000000);
	DTB_END();
	DTB_END();
	dtb_finish();
	assert_int_equal(dt_open(&dt, dtb, sizeof(dtb_words)), ERR_OK);
	assert_int_equal(dt_walk(&dt, show, NULL), ERR_OK);
	assert_int_equal(boot_nor.count(), 1);
	assert_int_equal(boot_nor.open(0, &source), ERR_NOR_NONE);
}

static void uses_a_window_that_is_there(void **state)
{
	(void)state;
	window_is_there = true;
	open_flash(true);
	assert_ptr_equal(opened.window, (void *)0x20000000);
	assert_int_equal(opened.window_size, 0x10000000);
}

static void does_without_one(void **state)
{
	(void)state;
	window_is_there = true;
	open_flash(false);
	assert_int_equal(opened.window_size, 0);
	window_is_there = false;
	open_flash(true);
	assert_int_equal(opened.window_size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uses_a_window_that_is_there),
		cmocka_unit_test(does_without_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
