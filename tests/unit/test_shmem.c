/* SPDX-License-Identifier: BSD-2-Clause */
/* Which ranges of addresses S-mode may pass to the firmware. */
/* sources: sbi/shmem_check.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "sbi/shmem.h"

/* Two banks that touch, a hole of a page, a third that ends with the address space; the firmware. */
static const struct memory_range banks[] = {
	{ 0x80000000, 0x10000000 },
	{ 0x90000000, 0x1000 },
	{ 0x90002000, 0x1000 },
	{ 0xfffffffffffff000, 0x1000 },
};
static const struct memory_range kept = { 0x80000000, 0x20000 };

static bool allowed(uint64_t base, uint64_t length)
{
	return shmem_range_is_ram(banks, ARRAY_SIZE(banks), &kept, base, length);
}

static void edges(void **state)
{
	(void)state;
	assert_true(allowed(0x80020000, 1));
	assert_false(allowed(0x8001ffff, 1));
	assert_false(allowed(0x8001ffff, 2));
	assert_false(allowed(0x80000000, 0x10000000));
	assert_true(allowed(0x80020000, 0x10000000 - 0x20000));

	assert_true(allowed(0x8fffffff, 2)); /* over both banks */
	assert_true(allowed(0x8ffff000, 0x2000));
	assert_false(allowed(0x8ffff000, 0x2001)); /* the last byte lies in the hole */
	assert_false(allowed(0x90001000, 1));
	assert_false(allowed(0x90001fff, 2));
	assert_true(allowed(0x90002fff, 1));
	assert_false(allowed(0x90002fff, 2));
	assert_false(allowed(0x90000fff, 0x1002)); /* over the hole */

	assert_false(allowed(0x10000000, 8)); /* a device */
	assert_false(allowed(0, 1));
	assert_false(allowed(0x80020000, 0));
}

static void nothing_wraps(void **state)
{
	(void)state;
	assert_true(allowed(0xfffffffffffff000, 0x1000));
	assert_true(allowed(~0UL, 1));
	assert_false(allowed(~0UL, 2));
	assert_false(allowed(0xfffffffffffff000, 0x1001));
	assert_false(allowed(0x80020000, ~0UL));
	assert_false(allowed(0x80020000, -0x80020000UL));
	assert_false(allowed(0x180020000, 1));
}

static bool byte_allowed(uint64_t addr)
{
	if (range_inside(addr, 1, kept.base, kept.size))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(banks); i++) {
		if (addr >= banks[i].base && addr - banks[i].base < banks[i].size)
			return true;
	}
	return false;
}

/* A range is what its bytes are: tried where things begin and end. */
static void as_byte_by_byte(void **state)
{
	static const uint64_t corners[] = { 0x80000000, 0x80020000, 0x90000000,		0x90001000,
					    0x90002000, 0x90003000, 0xfffffffffffff000, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(corners); i++) {
		for (uint64_t base = corners[i] - 6; base != corners[i] + 6; base++) {
			bool all = true;

			for (uint64_t length = 1; length < 12; length++) {
				all = all && base + length - 1 >= base &&
				      byte_allowed(base + length - 1);
				assert_int_equal(allowed(base, length), all);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges),
		cmocka_unit_test(nothing_wraps),
		cmocka_unit_test(as_byte_by_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
