/* SPDX-License-Identifier: BSD-2-Clause */
/* What the SPL writes into the next stage's device tree. */
/* sources: spl/fixup.c fit/overlay.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "spl/fixup.h"
#include "spl/harts.h"
#include "tests/unit/dtb.h"

#define CAPACITY sizeof(dtb_words)

static struct hart_desc harts[3];
static enum hart_state states[3];
static struct platform platform;
static struct fixups fixups;

enum hart_state hart_state(unsigned int index)
{
	assert_in_range(index, 0, 2);
	return states[index];
}

const struct hart_desc *platform_hart(const struct platform *p, uint64_t hartid)
{
	(void)p;
	for (unsigned int i = 0; i < 3; i++) {
		if (harts[i].hartid == hartid)
			return &harts[i];
	}
	return NULL;
}

static void make_tree(uint32_t cells)
{
	static const char *const names[] = { "cpu@0", "cpu@1", "cpu@2" };

	dtb_begin();
	DTB_CELLS("#address-cells", cells);
	DTB_CELLS("#size-cells", cells);
	DTB_NODE("cpus");
	DTB_CELLS("#address-cells", 1);
	DTB_CELLS("#size-cells", 0);
	for (uint32_t i = 0; i < 3; i++) {
		DTB_NODE(names[i]);
		DTB_STRING("device_type", "cpu");
		DTB_CELLS("reg", i);
		DTB_END();
	}
	DTB_END();
	DTB_NODE("memory@40000000");
	DTB_STRING("device_type", "memory");
	DTB_CELLS("reg", 0x40000000, 0x1000);
	DTB_END();
	DTB_NODE("ddr@50000000");
	DTB_STRING("device_type", "memory");
	DTB_END();
	dtb_finish();
}

static int setup(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		harts[i] = (struct hart_desc){ .hartid = i, .enabled = true };
		states[i] = i ? HART_PARKED : HART_LEADER;
	}
	platform = (struct platform){ .machine = {
					      .harts = harts,
					      .hart_count = 3,
					      .memory_count = 2,
					      .memory = { { 0x80000000, 0x8000000 },
							  { 0x100000000, 0x80000000 } },
				      } };
	fixups = (struct fixups){ .boot_hart = 2 };
	make_tree(2);
	return 0;
}

static const void *property(const char *path, const char *name, int size)
{
	int length;
	const void *value = fdt_getprop(dtb, fdt_path_offset(dtb, path), name, &length);

	assert_non_null(value);
	assert_int_equal(length, size);
	return value;
}

static bool has_property(const char *path, const char *name)
{
	return fdt_getprop(dtb, fdt_path_offset(dtb, path), name, NULL) != NULL;
}

static void expect_fixed(enum err err)
{
	assert_int_equal(fixup_dtb(dtb, CAPACITY, CAPACITY, &platform, &fixups), err);
	if (!err)
		assert_int_equal(fdt_check_full(dtb, CAPACITY), 0);
}

static void memory_is_replaced(void **state)
{
	(void)state;
	expect_fixed(ERR_OK);
	assert_true(fdt_path_offset(dtb, "/memory@40000000") < 0);
	assert_true(fdt_path_offset(dtb, "/ddr@50000000") < 0);
	assert_int_equal(load_be64(property("/memory@80000000", "reg", 16)), 0x80000000);
	assert_int_equal(load_be64((const char *)property("/memory@80000000", "reg", 16) + 8),
			 0x8000000);
	assert_int_equal(load_be64(property("/memory@100000000", "reg", 16)), 0x100000000);
	assert_string_equal(property("/memory@100000000", "device_type", 7), "memory");
}

static void memory_is_kept_where_it_was_read(void **state)
{
	(void)state;
	fixups.keep_memory = true;
	expect_fixed(ERR_OK);
	property("/memory@40000000", "reg", 8);
	assert_true(fdt_path_offset(dtb, "/memory@80000000") < 0);
}

static void one_cell_holds_what_fits(void **state)
{
	(void)state;
	make_tree(1);
	platform.machine.memory_count = 1;
	expect_fixed(ERR_OK);
	assert_int_equal(load_be32(property("/memory@80000000", "reg", 8)), 0x80000000);
	make_tree(1);
	platform.machine.memory[0].size = 0x100000000;
	expect_fixed(ERR_DT_STRUCTURE);
	make_tree(1);
	platform.machine.memory[0] = (struct memory_range){ 0x100000000, 0x1000 };
	expect_fixed(ERR_DT_STRUCTURE);
}

static void chosen_says_who_boots_and_what(void **state)
{
	(void)state;
	fixups.bootargs = "console=hvc0";
	fixups.initrd_start = 0x187000000;
	fixups.initrd_end = 0x187654321;
	expect_fixed(ERR_OK);
	assert_string_equal(property("/chosen", "bootargs", 13), "console=hvc0");
	assert_int_equal(load_be64(property("/chosen", "linux,initrd-start", 8)), 0x187000000);
	assert_int_equal(load_be64(property("/chosen", "linux,initrd-end", 8)), 0x187654321);
	assert_int_equal(load_be32(property("/chosen", "boot-hartid", 4)), 2);
	assert_int_equal(fdt_boot_cpuid_phys(dtb), 2);
}

static void more_bootargs_follow_what_there_is(void **state)
{
	(void)state;
	fixups.bootargs = "console=hvc0";
	fixups.more_bootargs = "rauc.slot=A";
	expect_fixed(ERR_OK);
	assert_string_equal(property("/chosen", "bootargs", 25), "console=hvc0 rauc.slot=A");
	/* The tree's own, none, and empty ones. */
	fixups.bootargs = NULL;
	fixups.more_bootargs = "b";
	expect_fixed(ERR_OK);
	assert_string_equal(property("/chosen", "bootargs", 27), "console=hvc0 rauc.slot=A b");
	fixups.bootargs = "";
	expect_fixed(ERR_OK);
	assert_string_equal(property("/chosen", "bootargs", 2), "b");
	make_tree(2);
	fixups.bootargs = NULL;
	expect_fixed(ERR_OK);
	assert_string_equal(property("/chosen", "bootargs", 2), "b");
}

/* A tree handed on from stage to stage does not tell of an initrd of another boot. */
static void chosen_tells_nothing_that_is_not(void **state)
{
	(void)state;
	fixups.bootargs = "old";
	fixups.initrd_end = 1;
	expect_fixed(ERR_OK);
	fixups = (struct fixups){ 0 };
	expect_fixed(ERR_OK);
	assert_string_equal(property("/chosen", "bootargs", 4), "old");
	assert_false(has_property("/chosen", "linux,initrd-start"));
	assert_false(has_property("/chosen", "linux,initrd-end"));
}

static void missing_harts_fail(void **state)
{
	(void)state;
	states[1] = HART_MISSING;
	expect_fixed(ERR_OK);
	assert_string_equal(property("/cpus/cpu@1", "status", 5), "fail");
	assert_false(has_property("/cpus/cpu@0", "status"));
	assert_false(has_property("/cpus/cpu@2", "status"));
}

static void disabled_harts_stay_as_they_are(void **state)
{
	(void)state;
	states[1] = HART_MISSING;
	harts[1].enabled = false;
	expect_fixed(ERR_OK);
	assert_false(has_property("/cpus/cpu@1", "status"));
}

static void every_lack_of_room_is_an_error(void **state)
{
	uint32_t size = fdt_totalsize(dtb), needed;

	(void)state;
	fixups.bootargs = "console=hvc0 root=/dev/vda";
	fixups.initrd_end = 0x1000;
	expect_fixed(ERR_OK);
	fdt_pack(dtb);
	needed = fdt_totalsize(dtb);
	for (uint32_t capacity = size; capacity < needed; capacity += 4) {
		make_tree(2);
		assert_int_equal(fixup_dtb(dtb, size, capacity, &platform, &fixups),
				 ERR_DT_NO_SPACE);
	}
	make_tree(2);
	/* What is behind it, where it may grow, is not part of it. */
	assert_int_equal(fixup_dtb(dtb, size - 1, CAPACITY, &platform, &fixups), ERR_DT_TRUNCATED);
}

static void damaged_trees_are_refused(void **state)
{
	uint32_t size = fdt_totalsize(dtb);
	unsigned int refused = 0;

	(void)state;
	/* Whatever byte is changed, it ends, in an error or in a tree that is sound. */
	for (uint32_t i = 0; i < size; i++) {
		enum err err;

		make_tree(2);
		dtb[i] ^= 0xff;
		err = fixup_dtb(dtb, CAPACITY, CAPACITY, &platform, &fixups);
		refused += err != ERR_OK;
	}
	assert_true(refused > size / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(memory_is_replaced, setup),
		cmocka_unit_test_setup(memory_is_kept_where_it_was_read, setup),
		cmocka_unit_test_setup(one_cell_holds_what_fits, setup),
		cmocka_unit_test_setup(chosen_says_who_boots_and_what, setup),
		cmocka_unit_test_setup(more_bootargs_follow_what_there_is, setup),
		cmocka_unit_test_setup(chosen_tells_nothing_that_is_not, setup),
		cmocka_unit_test_setup(missing_harts_fail, setup),
		cmocka_unit_test_setup(disabled_harts_stay_as_they_are, setup),
		cmocka_unit_test_setup(every_lack_of_room_is_an_error, setup),
		cmocka_unit_test_setup(damaged_trees_are_refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
