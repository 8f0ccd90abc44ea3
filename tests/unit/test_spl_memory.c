/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the SPL moves, what it leaves to images, and how a board's memory is cut to what is there. */
/* sources: spl/memory.c fit/memmap.c lib/machine.c lib/riscv/isa.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "spl/memory.h"
#include "spl/probe.h"
#include "tests/unit/dtb.h"

#define DRAM 0x80000000UL
#define MIB 0x100000UL
#define GIB 0x40000000UL
#define SPL_SIZE 0x48e20UL

static struct platform platform;
static struct memmap map;
static uint64_t memory_end; /* of the machine that is probed */

uint64_t probe_end(uint64_t low, uint64_t high)
{
	return memory_end >= high ? high : memory_end > low ? align_down(memory_end, MIB) : low;
}

static int setup(void **state)
{
	(void)state;
	memset(&platform, 0, sizeof(platform));
	platform.machine.memory_count = 1;
	platform.machine.memory[0] = (struct memory_range){ DRAM, 128 * MIB };
	platform.spl = (struct memory_range){ DRAM, SPL_SIZE };
	return 0;
}

static void set_previous_dtb(uint64_t base, uint32_t size)
{
	platform.previous_dtb = (const void *)base;
	platform.previous_size = size;
}

/* Where it moves to, and that it stays there when it looks again. */
static uint64_t home(void)
{
	uint64_t first, second;

	assert_int_equal(memory_home(&platform, &first), ERR_OK);
	platform.spl.base = first;
	assert_int_equal(memory_home(&platform, &second), ERR_OK);
	assert_int_equal(first, second);
	return first;
}

static uint64_t top_below(uint64_t end)
{
	return align_down(end - SPL_SIZE, 4096);
}

static void moves_to_the_top_of_its_bank(void **state)
{
	(void)state;
	assert_int_equal(home(), top_below(DRAM + 128 * MIB));
}

static void stays_below_4_gib_for_dma(void **state)
{
	(void)state;
	platform.machine.memory[0].size = 8 * GIB;
	assert_int_equal(home(), top_below(4 * GIB));
}

static void stays_in_on_chip_memory(void **state)
{
	(void)state;
	platform.spl.base = 0x8000000;
	assert_int_equal(home(), 0x8000000);
}

static void other_banks_are_not_its_own(void **state)
{
	(void)state;
	platform.machine.memory_count = 2;
	platform.machine.memory[1] = (struct memory_range){ 4 * GIB, GIB };
	assert_int_equal(home(), top_below(DRAM + 128 * MIB));
}

static void keeps_clear_of_a_fit_in_ram(void **state)
{
	(void)state;
	platform.fit_in_ram = (struct memory_range){ DRAM + 127 * MIB, MIB };
	assert_int_equal(home(), top_below(DRAM + 127 * MIB));
	assert_int_equal(memory_map(&platform, &map), ERR_OK);
	assert_int_equal(memmap_claim(&map, DRAM + 127 * MIB + 4096, 4096, "image", NULL),
			 ERR_MEMORY_TAKEN);
}

static void keeps_clear_of_reserved_memory(void **state)
{
	(void)state;
	platform.machine.reserved[0] = (struct memory_range){ DRAM + 127 * MIB, MIB };
	platform.machine.reserved_count = 1;
	assert_int_equal(home(), top_below(DRAM + 127 * MIB));
	platform.machine.too_much_reserved = true;
	assert_int_equal(memory_home(&platform, &(uint64_t){ 0 }), ERR_MEMORY_FULL);
}

/* The tree and its /memreserve/ block are read, so this one lies in the memory of the test. */
static void keeps_clear_of_the_previous_tree(void **state)
{
	uint64_t base = align_down((uintptr_t)dtb_words, 4096) - 64 * MIB;

	(void)state;
	memset(dtb_words, 0, sizeof(dtb_words));
	assert_int_equal(fdt_create(dtb, sizeof(dtb_words)), 0);
	assert_int_equal(fdt_add_reservemap_entry(dtb, base + 10 * MIB, 90 * MIB), 0);
	assert_int_equal(fdt_finish_reservemap(dtb), 0);
	assert_int_equal(fdt_begin_node(dtb, ""), 0);
	dtb_finish();
	set_previous_dtb((uintptr_t)dtb, fdt_totalsize(dtb));
	platform.machine.memory[0] = (struct memory_range){ base, 128 * MIB };
	platform.spl.base = base;
	/* The tree is inside what it reserves. */
	assert_int_equal(home(), top_below(base + 128 * MIB));
	platform.machine.memory[0].size = 100 * MIB;
	platform.spl.base = base;
	assert_int_equal(home(), top_below(base + 10 * MIB));
}

static void no_room_is_an_error(void **state)
{
	uint64_t place;

	(void)state;
	platform.machine.reserved[0] = (struct memory_range){ DRAM, 128 * MIB };
	platform.machine.reserved_count = 1;
	assert_int_equal(memory_home(&platform, &place), ERR_MEMORY_NO_ROOM);
}

/* It cannot be copied half over itself. */
static void tiny_memory_keeps_it_where_it_is(void **state)
{
	(void)state;
	platform.machine.memory[0].size = align_up(SPL_SIZE, 4096) + 4096;
	assert_int_equal(home(), DRAM);
}

static void map_has_banks_and_what_is_taken(void **state)
{
	(void)state;
	platform.sram[0] = (struct memory_range){ 0x8000000, 0x1e0000 };
	platform.sram_count = 1;
	platform.machine.reserved[0] = (struct memory_range){ DRAM + 64 * MIB, MIB };
	platform.machine.reserved_count = 1;
	platform.spl.base = top_below(DRAM + 128 * MIB);
	assert_int_equal(memory_map(&platform, &map), ERR_OK);
	assert_int_equal(map.bank_count, 2);
	assert_int_equal(memmap_claim(&map, DRAM, 64 * MIB, "a", NULL), ERR_OK);
	assert_int_equal(memmap_claim(&map, DRAM + 64 * MIB, 1, "b", NULL), ERR_MEMORY_TAKEN);
	assert_int_equal(memmap_claim(&map, platform.spl.base, 1, "c", NULL), ERR_MEMORY_TAKEN);
	assert_int_equal(memmap_claim(&map, platform.spl.base + SPL_SIZE - 1, 1, "c", NULL),
			 ERR_MEMORY_TAKEN);
	assert_int_equal(memmap_claim(&map, 0x8000000, 0x1e0000, "d", NULL), ERR_OK);
	assert_int_equal(memmap_claim(&map, 0x10000000, 1, "e", NULL), ERR_MEMORY_NONE);
}

static void described_memory_is_measured(void **state)
{
	(void)state;
	platform.machine.memory_count = 2;
	platform.machine.memory[0].size = 2 * GIB;
	platform.machine.memory[1] = (struct memory_range){ 4 * GIB, GIB };
	memory_end = DRAM + 96 * MIB;
	memory_measure(&platform);
	assert_int_equal(platform.machine.memory_count, 1);
	assert_int_equal(platform.machine.memory[0].size, 96 * MIB);
}

static void what_the_previous_stage_says_is_believed(void **state)
{
	(void)state;
	platform.memory_is_previous = true;
	memory_end = DRAM + 96 * MIB;
	memory_measure(&platform);
	assert_int_equal(platform.machine.memory[0].size, 128 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(moves_to_the_top_of_its_bank, setup),
		cmocka_unit_test_setup(stays_below_4_gib_for_dma, setup),
		cmocka_unit_test_setup(stays_in_on_chip_memory, setup),
		cmocka_unit_test_setup(other_banks_are_not_its_own, setup),
		cmocka_unit_test_setup(keeps_clear_of_a_fit_in_ram, setup),
		cmocka_unit_test_setup(keeps_clear_of_reserved_memory, setup),
		cmocka_unit_test_setup(keeps_clear_of_the_previous_tree, setup),
		cmocka_unit_test_setup(no_room_is_an_error, setup),
		cmocka_unit_test_setup(tiny_memory_keeps_it_where_it_is, setup),
		cmocka_unit_test_setup(map_has_banks_and_what_is_taken, setup),
		cmocka_unit_test_setup(described_memory_is_measured, setup),
		cmocka_unit_test_setup(what_the_previous_stage_says_is_believed, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
