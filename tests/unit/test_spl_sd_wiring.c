/* SPDX-License-Identifier: BSD-2-Clause */
/* What Cadence's SD4HC is told of its board: the properties of Linux's mmc-controller.yaml. */
/* sources: lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "spl/boot_sdhci_cdns.c"
#include "tests/unit/dtb.h"

static uintptr_t opened_base;
static struct sdhci_wiring opened;

enum err sdhci_open(struct sdhci *sdhci, uintptr_t base, const struct sdhci_wiring *wiring)
{
	(void)sdhci;
	opened_base = base;
	opened = *wiring;
	return ERR_SD_NO_CARD;
}

void sdhci_close(struct sdhci *sdhci)
{
	(void)sdhci;
}

enum err sdhci_select_boot_partition(struct sdhci *sdhci, unsigned int number)
{
	(void)sdhci;
	(void)number;
	return ERR_OK;
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
	boot_sdhci_cdns.visit(node);
	return ERR_OK;
}

static void begin(void)
{
	boot_sdhci_cdns.forget();
	dtb_begin();
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 1);
	DTB_NODE("mmc@20008000");
	DTB_STRING("compatible", "cdns,sd4hc");
	DTB_CELLS("reg", 0x20008000, 0x1000);
}

static void open_it(void)
{
	struct source *source;
	struct dt dt;

	DTB_END();
	dtb_finish();
	assert_int_equal(dt_open(&dt, dtb, sizeof(dtb_words)), ERR_OK);
	assert_int_equal(dt_walk(&dt, show, NULL), ERR_OK);
	assert_int_equal(boot_sdhci_cdns.count(), 1);
	assert_int_equal(boot_sdhci_cdns.open(0, &source), ERR_SD_NO_CARD);
	assert_int_equal(opened_base, 0x20008200);
}

static void has_one_line_and_all_switches_unless_told(void **state)
{
	(void)state;
	begin();
	open_it();
	assert_int_equal(opened.lines, 1);
	assert_int_equal(opened.clock_hz, 0);
	assert_int_equal(opened.max_hz, 0);
	assert_false(opened.no_detect);
	assert_false(opened.no_protect);
}

static void takes_numbers(void **state)
{
	(void)state;
	begin();
	DTB_CELLS("bus-width", 8);
	DTB_CELLS("clock-frequency", 200000000);
	DTB_CELLS("max-frequency", 12500000);
	open_it();
	assert_int_equal(opened.lines, 8);
	assert_int_equal(opened.clock_hz, 200000000);
	assert_int_equal(opened.max_hz, 12500000);
	begin();
	DTB_CELLS("bus-width", 0x104); /* none, but more than 1 */
	open_it();
	assert_int_equal(opened.lines, 8);
}

static void believes_no_line_that_is_not_there(void **state)
{
	static const struct {
		const char *property;
		bool no_detect, no_protect;
	} rows[] = {
		{ "broken-cd", true, false },	  { "cd-gpios", true, false },
		{ "non-removable", true, false }, { "disable-wp", false, true },
		{ "wp-gpios", false, true },	  { "cap-sd-highspeed", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin();
		assert_int_equal(fdt_property(dtb, rows[i].property, NULL, 0), 0);
		open_it();
		assert_int_equal(opened.no_detect, rows[i].no_detect);
		assert_int_equal(opened.no_protect, rows[i].no_protect);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_one_line_and_all_switches_unless_told),
		cmocka_unit_test(takes_numbers),
		cmocka_unit_test(believes_no_line_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
