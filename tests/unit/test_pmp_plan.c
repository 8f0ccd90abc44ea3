/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PMP plans against a model of what hardware does with them: entries are matched one after the
 * other, as the privileged ISA says, and the rights at every edge must be those of the regions.
 */
/* sources: sbi/pmp_plan.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/pmp_plan.h"

#define RWX (PMP_R | PMP_W | PMP_X)
#define RW (PMP_R | PMP_W)
#define RX (PMP_R | PMP_X)

static const struct pmp_limits qemu = { .count = 16, .granule_shift = 2, .has_tor = true };

/* The config of the first entry that matches, as hardware finds it; 0 when none does. */
static uint8_t match(const struct pmp_plan *plan, uint64_t address)
{
	for (unsigned int i = 0; i < plan->count; i++) {
		uint64_t a = plan->address[i], unit = address >> 2, ones;

		switch (plan->config[i] & PMP_A) {
		case PMP_A_OFF:
			continue;
		case PMP_A_TOR:
			if (unit < a && unit >= (i ? plan->address[i - 1] : 0))
				return plan->config[i];
			continue;
		case PMP_A_NA4:
			if (unit == a)
				return plan->config[i];
			continue;
		default:
			for (ones = 0; a >> ones & 1; ones++)
				continue;
			if (unit >> (ones + 1) == a >> (ones + 1))
				return plan->config[i];
		}
	}
	return 0;
}

/* What the regions say of an address, each for the modes that it speaks of. */
static struct pmp_region said(const struct pmp_region *regions, unsigned int count, uint8_t rest,
			      uint64_t granule, uint64_t address)
{
	struct pmp_region result = { .m = PMP_UNSAID, .s = PMP_UNSAID };

	for (unsigned int i = 0; i < count; i++) {
		uint64_t base = regions[i].base & ~(granule - 1);
		uint64_t end = (regions[i].base + regions[i].size + granule - 1) & ~(granule - 1);

		if (!regions[i].size || address < base || address >= end)
			continue;
		if (result.m == PMP_UNSAID)
			result.m = regions[i].m;
		if (result.s == PMP_UNSAID && regions[i].s != PMP_UNSAID) {
			result.s = regions[i].s;
			result.enforced = regions[i].enforced;
		}
	}
	if (result.m == PMP_UNSAID)
		result.m = 0;
	if (result.s == PMP_UNSAID)
		result.s = rest;
	return result;
}

/* What hardware lets both modes do with @config. */
static struct pmp_region allowed(uint8_t config, bool smepmp)
{
	bool l = config & PMP_L, r = config & PMP_R, w = config & PMP_W, x = config & PMP_X;
	uint8_t rwx = config & RWX;

	if (!smepmp)
		return (struct pmp_region){ .m = l ? rwx : RWX, .s = rwx };
	/* The truth table of Smepmp, told by its sentences. */
	if (l && rwx == RWX)
		return (struct pmp_region){ .m = PMP_R, .s = PMP_R };
	if (w && !r && !l)
		return (struct pmp_region){ .m = RW, .s = x ? RW : PMP_R };
	if (w && !r)
		return (struct pmp_region){ .m = x ? RX : PMP_X, .s = PMP_X };
	return (struct pmp_region){ .m = l ? rwx : 0, .s = l ? 0 : rwx };
}

static void check_at(const struct pmp_plan *plan, const struct pmp_region *regions,
		     unsigned int count, uint8_t rest, uint64_t address)
{
	bool smepmp = plan->limits.smepmp;
	struct pmp_region want =
		said(regions, count, rest, BIT(plan->limits.granule_shift), address);
	struct pmp_region have = allowed(match(plan, address), smepmp);

	if (smepmp) {
		assert_int_equal(have.m, want.m);
		/* Never more; all of it unless M-mode has something there, too. */
		assert_int_equal(have.s & ~want.s, 0);
		if (!want.m)
			assert_int_equal(have.s, want.s);
	} else {
		assert_int_equal(have.s, want.s);
		assert_int_equal(have.m, want.enforced ? want.s : RWX);
	}
}

static void check(const struct pmp_plan *plan, const struct pmp_region *regions, unsigned int count,
		  uint8_t rest)
{
	uint64_t granule = BIT(plan->limits.granule_shift);

	assert_true(plan->count <= PMP_MAX_ENTRIES);
	for (unsigned int i = 0; i < count; i++) {
		uint64_t base = regions[i].base & ~(granule - 1);
		uint64_t end = (regions[i].base + regions[i].size + granule - 1) & ~(granule - 1);
		uint64_t at[] = { base ? base - 4 : 0, base,	base + granule - 4,
				  end - granule,       end - 4, end };

		for (unsigned int j = 0; j < ARRAY_SIZE(at); j++)
			check_at(plan, regions, count, rest, at[j]);
	}
	check_at(plan, regions, count, rest, 0xfffffffffffc);
}

static unsigned int plan_count(const struct pmp_region *regions, unsigned int count)
{
	struct pmp_plan plan;

	assert_int_equal(pmp_plan_make(&plan, regions, count, RWX, &qemu), ERR_OK);
	check(&plan, regions, count, RWX);
	return plan.count;
}

static void firmware_and_clint(void **state)
{
	struct pmp_region regions[] = {
		{ 0x80000000, 0x14000, RX, 0, false },
		{ 0x80014000, 0x1b000, RW, 0, false },
		{ 0x02000000, 0x10000, RW, 0, false },
	};

	(void)state;
	/* NAPOT for the CLINT, two for the firmware's range, one for the rest. */
	assert_int_equal(plan_count(regions, 3), 4);
	regions[1].size = 0x2c000; /* 256 KiB in all */
	assert_int_equal(plan_count(regions, 3), 3);
	assert_int_equal(plan_count(NULL, 0), 1);
}

static void ranges_that_start_at_zero(void **state)
{
	const struct pmp_region odd[] = { { 0, 0x3000, RW, 0, false } };
	const struct pmp_region power[] = { { 0, 0x4000, RW, 0, false } };

	(void)state;
	assert_int_equal(plan_count(odd, 1), 2);
	assert_int_equal(plan_count(power, 1), 2);
}

static void overlaps(void **state)
{
	/* The two halves of QEMU's ACLINT MTIMER share a page. */
	const struct pmp_region same[] = {
		{ 0x200bff8, 0x4008, RW, 0, false },
		{ 0x2004000, 0x7ff8, RW, 0, false },
		{ 0x2000000, 0x4000, RW, 0, false },
	};
	struct pmp_limits limits = qemu;
	struct pmp_plan plan;

	(void)state;
	limits.granule_shift = 12;
	assert_int_equal(pmp_plan_make(&plan, same, 3, RWX, &limits), ERR_OK);
	check(&plan, same, 3, RWX);
	assert_int_equal(plan.count, 2);
}

static void the_first_region_counts(void **state)
{
	/* The firmware in a bank of memory, a page in it that is shared, a hole; and a console. */
	const struct pmp_region regions[] = {
		{ 0x80000000, 0x10000, RX, 0, false },
		{ 0x80010000, 0x10000, RW, 0, false },
		{ 0x10000000, 0x100, RW, PMP_UNSAID, false },
		{ 0x84000000, 0x1000, PMP_UNSAID, PMP_R, false },
		{ 0x86000000, 0x10000, PMP_UNSAID, 0, false },
		{ 0x80000000, 0x8000000, PMP_UNSAID, RWX, false },
		{ 0x10000000, 0x1000, PMP_UNSAID, RWX, false },
	};
	struct pmp_limits limits = qemu;
	struct pmp_plan plan;

	(void)state;
	limits.granule_shift = 12;
	for (unsigned int smepmp = 0; smepmp < 2; smepmp++) {
		limits.smepmp = smepmp;
		assert_int_equal(pmp_plan_make(&plan, regions, 7, 0, &limits), ERR_OK);
		check(&plan, regions, 7, 0);
		/* The firmware: one, or two of 64 KiB; console, two pages, and one for the bank. */
		assert_int_equal(plan.count, smepmp ? 6 : 5);
	}
	/* M-mode's console takes S-mode's X away, no more. */
	assert_int_equal(match(&plan, 0x10000000) & (PMP_L | RWX), PMP_W | PMP_X);
}

static void ranges_in_ranges(void **state)
{
	/* Holes in a range, which is a hole itself: an entry for each, the inner range before the outer. */
	const struct pmp_region regions[] = {
		{ 0x80100000, 0x1000, PMP_UNSAID, 0, false },
		{ 0x80300000, 0x1000, PMP_UNSAID, 0, false },
		{ 0x80500000, 0x1000, PMP_UNSAID, 0, false },
		{ 0x84100000, 0x1000, PMP_UNSAID, 0, false },
		{ 0x84300000, 0x1000, PMP_UNSAID, 0, false },
		{ 0x84500000, 0x1000, PMP_UNSAID, 0, false },
		{ 0x84000000, 0x2000000, PMP_UNSAID, PMP_R, false },
		{ 0x80000000, 0x8000000, PMP_UNSAID, RWX, false },
	};
	struct pmp_limits limits = qemu;
	struct pmp_plan plan;

	(void)state;
	for (unsigned int smepmp = 0; smepmp < 2; smepmp++) {
		limits.smepmp = smepmp;
		assert_int_equal(pmp_plan_make(&plan, regions, 8, 0, &limits), ERR_OK);
		check(&plan, regions, 8, 0);
		assert_int_equal(plan.count, 8);
	}
}

static void enforced_on_m_mode(void **state)
{
	const struct pmp_region regions[] = {
		{ 0x80000000, 0x10000, RW, 0, false },
		{ 0x90000000, 0x10000000, PMP_UNSAID, PMP_R, true },
		{ 0x94000000, 0x1000, PMP_UNSAID, 0, false },
	};
	struct pmp_region entry;
	struct pmp_plan plan;

	(void)state;
	assert_int_equal(pmp_plan_make(&plan, regions, 3, RWX, &qemu), ERR_OK);
	check(&plan, regions, 3, RWX);
	assert_int_equal(match(&plan, 0x90000000) & (PMP_L | RWX), PMP_L | PMP_R);
	assert_true(pmp_plan_entry(&plan, 1, &entry));
	assert_true(entry.enforced);
	assert_int_equal(entry.m, PMP_R);
	pmp_plan_print(&plan);
}

static void nonsense(void **state)
{
	const struct pmp_region wraps = { -4096UL, 8192, 0, 0, false };
	const struct pmp_region beyond = { 1UL << 55, 1UL << 55, 0, 0, false };
	const struct pmp_region write_only = { 0x1000, 0x1000, 0, PMP_W, false };
	const struct pmp_region unaligned_grant = { 0x1800, 0x1000, 0, RW, false };
	const struct pmp_region m_rwx = { 0x1000, 0x1000, RWX, 0, false };
	struct pmp_region many[40];
	struct pmp_limits limits = qemu;
	struct pmp_plan plan;

	(void)state;
	assert_int_equal(pmp_plan_make(&plan, &wraps, 1, RWX, &qemu), ERR_RANGE);
	assert_int_equal(pmp_plan_make(&plan, &beyond, 1, RWX, &qemu), ERR_RANGE);
	assert_int_equal(pmp_plan_make(&plan, &write_only, 1, RWX, &qemu), ERR_PMP_RIGHTS);
	assert_int_equal(pmp_plan_make(&plan, NULL, 0, PMP_W, &qemu), ERR_PMP_RIGHTS);
	limits.granule_shift = 12;
	assert_int_equal(pmp_plan_make(&plan, &unaligned_grant, 1, RWX, &limits), ERR_OK);
	assert_int_equal(pmp_plan_make(&plan, &unaligned_grant, 1, 0, &limits), ERR_PMP_ALIGN);
	limits.smepmp = true;
	assert_int_equal(pmp_plan_make(&plan, &m_rwx, 1, RWX, &limits), ERR_PMP_RIGHTS);
	for (unsigned int i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct pmp_region){ i * 0x10000UL, 0x3000, 0, 0, false };
	/* Complete, but not for 16 entries; and not even for 64. */
	assert_int_equal(pmp_plan_make(&plan, many, 10, RWX, &qemu), ERR_PMP_ENTRIES);
	assert_int_equal(plan.count, 20);
	check(&plan, many, 10, RWX);
	for (unsigned int i = 0; i < ARRAY_SIZE(many); i++)
		many[i].base += 0x1000;
	limits = qemu;
	limits.count = 64;
	assert_int_equal(pmp_plan_make(&plan, many, 32, RWX, &limits), ERR_PMP_ENTRIES);
	assert_int_equal(plan.count, 65);
	pmp_plan_print(&plan);
}

static void locked_entries_are_left_alone(void **state)
{
	const struct pmp_region region = { 0, 0x3000, 0, 0, false };
	struct pmp_limits limits = qemu;
	struct pmp_plan plan;

	(void)state;
	/* Entry 0 of the plan is not the hart's entry 0: its range has a bottom. */
	limits.first = 2;
	assert_int_equal(pmp_plan_make(&plan, &region, 1, RWX, &limits), ERR_OK);
	assert_int_equal(plan.count, 3);
	assert_int_equal(plan.config[0] & PMP_A, PMP_A_OFF);
	limits.count = 5;
	assert_true(pmp_plan_fits(&plan, &limits));
	limits.count = 4;
	assert_false(pmp_plan_fits(&plan, &limits));
}

static void fits_other_harts(void **state)
{
	const struct pmp_region region = { 0x1000, 0x5000, 0, 0, false };
	struct pmp_limits limits = qemu;
	struct pmp_plan plan;

	(void)state;
	limits.granule_shift = 12;
	assert_int_equal(pmp_plan_make(&plan, &region, 1, RWX, &limits), ERR_OK);
	assert_true(pmp_plan_fits(&plan, &qemu));
	limits.granule_shift = 13;
	assert_false(pmp_plan_fits(&plan, &limits));
	limits = qemu;
	limits.has_tor = false;
	assert_false(pmp_plan_fits(&plan, &limits));
	limits = (struct pmp_limits){ 0 };
	assert_false(pmp_plan_fits(&plan, &limits));
}

static void smepmp_rights(void **state)
{
	const struct pmp_region regions[] = {
		{ 0x80000000, 0x10000, RX, 0, false },	  { 0x80010000, 0x10000, RW, 0, false },
		{ 0x10000000, 0x1000, RW, RW, false },	  { 0x80200000, 0x200000, 0, RWX, false },
		{ 0x90000000, 0x1000, RW, PMP_R, false },
	};
	const uint8_t config[] = { PMP_L | RX, PMP_L | RW, PMP_W | PMP_X, RWX, PMP_W, false };
	struct pmp_limits limits = qemu;
	struct pmp_region entry;
	struct pmp_plan plan;

	(void)state;
	limits.smepmp = true;
	assert_int_equal(pmp_plan_make(&plan, regions, 5, 0, &limits), ERR_OK);
	assert_int_equal(plan.count, 5);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(match(&plan, regions[i].base) & (PMP_L | RWX), config[i]);
		assert_int_equal(match(&plan, regions[i].base + regions[i].size - 1) &
					 (PMP_L | RWX),
				 config[i]);
		assert_true(pmp_plan_entry(&plan, i, &entry));
		for (unsigned int j = 0; j < 5; j++) {
			if (entry.base != regions[j].base)
				continue;
			assert_int_equal(entry.size, regions[j].size);
			assert_int_equal(entry.m, regions[j].m);
			assert_int_equal(entry.s, regions[j].s);
		}
	}
	/* Nothing has rights where nothing is said. */
	assert_int_equal(match(&plan, 0x1000), 0);
}

/* The fewest entries, by trying everything: each range as TOR or as powers of two. */
static unsigned int fewest(const struct pmp_region *regions, unsigned int count, uint64_t tor_end)
{
	unsigned int napot = 0, tor, with_tor, with_napot;
	uint64_t end;

	if (!count)
		return 0;
	end = regions->base + regions->size;
	for (uint64_t at = regions->base; at < end; napot++) {
		uint64_t size = 4;

		while (!(at & (size * 2 - 1)) && size * 2 <= end - at)
			size *= 2;
		at += size;
	}
	tor = tor_end == regions->base ? 1 : 2;
	with_tor = tor + fewest(regions + 1, count - 1, end);
	with_napot = napot + fewest(regions + 1, count - 1, UINT64_MAX);
	return with_tor < with_napot ? with_tor : with_napot;
}

/* What is printed of a plan is what hardware makes of it. */
static void check_entries(const struct pmp_plan *plan)
{
	struct pmp_region entry;

	for (unsigned int i = 0; i < plan->count - 1; i++) {
		if (!pmp_plan_entry(plan, i, &entry))
			continue;
		assert_true(entry.size > 0);
		assert_int_equal(match(plan, entry.base) & RWX, entry.s);
		assert_int_equal(match(plan, entry.base + entry.size - 1) & RWX, entry.s);
		if (plan->limits.has_tor) /* else several entries may make up one range */
			assert_int_not_equal(match(plan, entry.base + entry.size), plan->config[i]);
	}
	assert_true(pmp_plan_entry(plan, plan->count - 1, &entry));
	assert_int_equal(entry.base | entry.size, 0);
	assert_int_equal(entry.s, RWX);
}

static void single_words(void **state)
{
	const struct pmp_region word = { 0x1004, 4, 0, PMP_R, false };
	struct pmp_region entry;
	struct pmp_plan plan;

	(void)state;
	assert_int_equal(pmp_plan_make(&plan, &word, 1, RWX, &qemu), ERR_OK);
	assert_int_equal(plan.count, 2);
	assert_int_equal(plan.config[0], PMP_A_NA4 | PMP_R);
	check(&plan, &word, 1, RWX);
	assert_true(pmp_plan_entry(&plan, 0, &entry));
	assert_int_equal(entry.base, 0x1004);
	assert_int_equal(entry.size, 4);
}

static void random_plans(void **state)
{
	(void)state;
	srand(1);
	for (unsigned int round = 0; round < 20000; round++) {
		struct pmp_region sorted[8], shuffled[8];
		unsigned int count = (unsigned int)rand() % 8;
		uint64_t at = (uint64_t)(rand() % 3) << 12;
		struct pmp_limits limits = qemu;
		struct pmp_plan plan;
		uint8_t last = RWX;

		limits.count = 64;
		limits.granule_shift = rand() % 2 ? 2 : 12;
		for (unsigned int i = 0; i < count; i++) {
			uint64_t size = rand() % 2 ? 0x1000UL << rand() % 8
						   : 0x1000UL * (1 + (unsigned int)rand() % 16);
			uint8_t rights = rand() % 2 ? 0 : PMP_R;

			if (rand() % 2)
				at += 0x1000UL * ((unsigned int)rand() % 16 + 1);
			else if (rights == last)
				rights ^= PMP_R;
			sorted[i] = (struct pmp_region){ at, size, 0, rights, false };
			at += size;
			last = rights;
		}
		memcpy(shuffled, sorted, sizeof(sorted));
		for (unsigned int i = 0; i + 1 < count; i++) {
			unsigned int j = i + (unsigned int)rand() % (count - i);
			struct pmp_region swap = shuffled[i];

			shuffled[i] = shuffled[j];
			shuffled[j] = swap;
		}
		assert_int_equal(pmp_plan_make(&plan, shuffled, count, RWX, &limits), ERR_OK);
		check(&plan, sorted, count, RWX);
		check_entries(&plan);
		assert_int_equal(plan.count, fewest(sorted, count, 0) + 1);

		limits.has_tor = false;
		assert_in_range(pmp_plan_make(&plan, shuffled, count, RWX, &limits), 0,
				ERR_PMP_ENTRIES);
		if (plan.count > PMP_MAX_ENTRIES)
			continue;
		check(&plan, sorted, count, RWX);
		check_entries(&plan);
	}
}

/* Anything over anything, for both modes, with whatever the plan makes of it. */
static void random_overlaps(void **state)
{
	static const uint8_t m_rights[] = { PMP_UNSAID, PMP_UNSAID, PMP_UNSAID, 0, RX, RW, PMP_R };
	static const uint8_t s_rights[] = { PMP_UNSAID, 0, PMP_R, RW, RX, RWX, PMP_X };

	(void)state;
	srand(2);
	for (unsigned int round = 0; round < 20000; round++) {
		struct pmp_region regions[8];
		unsigned int count = (unsigned int)rand() % ARRAY_SIZE(regions);
		struct pmp_limits limits = qemu;
		uint8_t rest = rand() % 2 ? RWX : 0;
		struct pmp_plan plan;

		limits.count = 64;
		limits.granule_shift = 12;
		limits.smepmp = rand() % 2;
		limits.has_tor = rand() % 4;
		for (unsigned int i = 0; i < count; i++) {
			uint64_t size = 0x1000UL << rand() % 8;

			regions[i] = (struct pmp_region){
				.base = (uint64_t)(rand() % 256) << 12,
				.size = size,
				.m = m_rights[(unsigned int)rand() % ARRAY_SIZE(m_rights)],
				.s = s_rights[(unsigned int)rand() % ARRAY_SIZE(s_rights)],
				.enforced = !(rand() % 8),
			};
			if (rand() % 2)
				regions[i].base &= ~(size - 1);
		}
		/* Nothing to say is the one plan without an entry. */
		if (pmp_plan_make(&plan, regions, count, rest, &limits) && plan.count)
			continue; /* TOR would have done it */
		for (uint64_t page = 0; page < 600; page++)
			check_at(&plan, regions, count, rest, page << 12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(firmware_and_clint),
		cmocka_unit_test(ranges_that_start_at_zero),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(the_first_region_counts),
		cmocka_unit_test(ranges_in_ranges),
		cmocka_unit_test(enforced_on_m_mode),
		cmocka_unit_test(random_overlaps),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(locked_entries_are_left_alone),
		cmocka_unit_test(fits_other_harts),
		cmocka_unit_test(smepmp_rights),
		cmocka_unit_test(single_words),
		cmocka_unit_test(random_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
