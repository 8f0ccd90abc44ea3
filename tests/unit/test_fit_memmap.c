/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map: each answer against a plain model of which page is free. */
/* sources: fit/memmap.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fit/memmap.h"
#include "lib/bits.h"

#define BANK 0x80000000UL
#define SIZE 0x10000000UL

static struct memmap one_bank(void)
{
	struct memmap map = { 0 };

	assert_int_equal(memmap_add_bank(&map, BANK, SIZE, "DRAM"), ERR_OK);
	return map;
}

static void test_claim(void **state)
{
	struct memmap map = one_bank();
	const struct memory_window *other = NULL;

	(void)state;
	assert_int_equal(memmap_take(&map, BANK + 0x1000, 0x1000, "SPL"), ERR_OK);
	assert_int_equal(memmap_take(&map, BANK + 0x5000, 0, "nothing"), ERR_OK);
	assert_int_equal(map.taken_count, 1);

	/* Up to the edge is free, one byte more is not. */
	assert_int_equal(memmap_claim(&map, BANK, 0x1001, "a", &other), ERR_MEMORY_TAKEN);
	assert_string_equal(other->name, "SPL");
	assert_int_equal(memmap_claim(&map, BANK + 0x1fff, 1, "a", NULL), ERR_MEMORY_TAKEN);
	assert_int_equal(memmap_claim(&map, BANK, SIZE, "a", NULL), ERR_MEMORY_TAKEN);
	assert_int_equal(memmap_claim(&map, BANK, 0x1000, "a", &other), ERR_OK);
	assert_int_equal(memmap_claim(&map, BANK + 0x2000, SIZE - 0x2000, "b", &other), ERR_OK);
	assert_int_equal(memmap_claim(&map, BANK, 1, "c", &other), ERR_MEMORY_TAKEN);
	assert_string_equal(other->name, "a");
	assert_int_equal(map.taken_count, 3);
}

static void test_outside(void **state)
{
	struct memmap map = one_bank();
	static const struct {
		uint64_t base, size;
		enum err err;
	} cases[] = {
		{ 0, 1, ERR_MEMORY_NONE },
		{ BANK - 1, 2, ERR_MEMORY_NONE },
		{ BANK + SIZE - 1, 2, ERR_MEMORY_NONE },
		{ BANK + SIZE, 1, ERR_MEMORY_NONE },
		{ 0x10000000, 0x100, ERR_MEMORY_NONE },
		{ BANK, 0, ERR_MEMORY_WRAP },
		{ BANK, -BANK, ERR_MEMORY_WRAP }, /* an end of 2^64 cannot be written down */
		{ BANK, UINT64_MAX, ERR_MEMORY_WRAP },
		{ UINT64_MAX, 1, ERR_MEMORY_WRAP },
		{ UINT64_MAX, UINT64_MAX, ERR_MEMORY_WRAP },
		{ BANK + SIZE, -SIZE, ERR_MEMORY_WRAP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(memmap_claim(&map, cases[i].base, cases[i].size, "x", NULL),
				 cases[i].err);
	assert_int_equal(map.taken_count, 0);
	assert_int_equal(memmap_take(&map, UINT64_MAX, 2, "x"), ERR_MEMORY_WRAP);
	assert_int_equal(memmap_add_bank(&map, UINT64_MAX, 2, "x"), ERR_MEMORY_WRAP);
	assert_int_equal(memmap_add_bank(&map, 0, 0, "x"), ERR_MEMORY_WRAP);
}

static void test_full(void **state)
{
	struct memmap map = one_bank();

	(void)state;
	for (unsigned int i = 1; i < MEMMAP_MAX_BANKS; i++)
		assert_int_equal(memmap_add_bank(&map, i * 0x1000, 0x800, "bank"), ERR_OK);
	assert_int_equal(memmap_add_bank(&map, 0x100000, 0x800, "bank"), ERR_MEMORY_FULL);
	for (unsigned int i = 0; i < MEMMAP_MAX_TAKEN; i++)
		assert_int_equal(memmap_claim(&map, BANK + i, 1, "byte", NULL), ERR_OK);
	assert_int_equal(memmap_claim(&map, BANK + 0x1000, 1, "byte", NULL), ERR_MEMORY_FULL);
	assert_int_equal(memmap_take(&map, BANK + 0x1000, 1, "byte"), ERR_MEMORY_FULL);
}

static void test_banks_join(void **state)
{
	struct memmap map = one_bank();

	(void)state;
	assert_int_equal(memmap_claim(&map, BANK + SIZE - 1, 2, "x", NULL), ERR_MEMORY_NONE);
	assert_int_equal(memmap_add_bank(&map, BANK + SIZE, SIZE, "DRAM"), ERR_OK);
	assert_int_equal(memmap_add_bank(&map, BANK - 0x1000, 0x1000, "DRAM"), ERR_OK);
	assert_int_equal(map.bank_count, 1);
	assert_int_equal(memmap_claim(&map, BANK - 1, SIZE + 2, "x", NULL), ERR_OK);
}

static void test_find(void **state)
{
	struct memmap map = one_bank();
	uint64_t base;

	(void)state;
	assert_int_equal(memmap_add_bank(&map, 0x200000000, SIZE, "DRAM, high"), ERR_OK);
	assert_int_equal(memmap_find_high(&map, 0x1001, 0x1000, 0, &base), ERR_OK);
	assert_int_equal(base, 0x200000000 + SIZE - 0x2000);
	assert_int_equal(memmap_find_high(&map, 0x1001, 0x1000, 0x100000000, &base), ERR_OK);
	assert_int_equal(base, BANK + SIZE - 0x2000);
	assert_int_equal(memmap_find_low(&map, 0x1001, 0x1000, 0, &base), ERR_OK);
	assert_int_equal(base, BANK);
	assert_int_equal(memmap_find_high(&map, SIZE + 1, 1, 0, &base), ERR_MEMORY_NO_ROOM);
	assert_int_equal(memmap_find_low(&map, 1, 1, BANK, &base), ERR_MEMORY_NO_ROOM);
	assert_int_equal(memmap_find_high(&map, 0, 1, 0, &base), ERR_MEMORY_NO_ROOM);
	assert_int_equal(memmap_find_high(&map, UINT64_MAX, 1, 0, &base), ERR_MEMORY_NO_ROOM);

	/* What is taken may reach out of the bank, up to the end of the world. */
	assert_int_equal(memmap_take(&map, 0, UINT64_MAX, "all"), ERR_OK);
	assert_int_equal(memmap_find_low(&map, 1, 0x1000, 0, &base), ERR_MEMORY_NO_ROOM);
	assert_int_equal(memmap_find_high(&map, 1, 0x1000, 0, &base), ERR_MEMORY_NO_ROOM);
}

#define PAGES 64

static uint32_t seed = 1;

static uint32_t random_below(uint32_t limit)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % limit;
}

/* Small worlds: one bank of PAGES bytes, in which everything is also searched the plain way. */
static void test_against_model(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint64_t size = 1 + random_below(PAGES / 4), align = BIT(random_below(4));
		uint64_t below = random_below(3) ? 0 : BANK + random_below(PAGES + 8);
		uint64_t low = 0, high = 0, base = 0;
		bool taken[PAGES] = { false };
		struct memmap map = { 0 };
		enum err err;

		memmap_add_bank(&map, BANK, PAGES, "DRAM");
		for (uint32_t i = random_below(8); i; i--) {
			uint64_t start = random_below(PAGES + 8), length = random_below(12);

			memmap_take(&map, BANK - 4 + start, length, "taken");
			for (uint64_t b = start; b < start + length; b++) {
				if (b >= 4 && b - 4 < PAGES)
					taken[b - 4] = true;
			}
		}
		for (uint64_t start = 0; start + size <= PAGES; start++) {
			bool free = !((BANK + start) % align) &&
				    (!below || BANK + start + size <= below);

			for (uint64_t b = start; b < start + size; b++)
				free &= !taken[b];
			if (free) {
				low = low ? low : BANK + start;
				high = BANK + start;
			}
		}
		err = memmap_find_low(&map, size, align, below, &base);
		assert_int_equal(err, low ? ERR_OK : ERR_MEMORY_NO_ROOM);
		assert_int_equal(base, low);
		base = 0;
		err = memmap_find_high(&map, size, align, below, &base);
		assert_int_equal(err, high ? ERR_OK : ERR_MEMORY_NO_ROOM);
		assert_int_equal(base, high);
		if (high)
			assert_int_equal(memmap_claim(&map, high, size, "found", NULL), ERR_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claim), cmocka_unit_test(test_outside),
		cmocka_unit_test(test_full),  cmocka_unit_test(test_banks_join),
		cmocka_unit_test(test_find),  cmocka_unit_test(test_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
