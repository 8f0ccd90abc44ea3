/* SPDX-License-Identifier: BSD-2-Clause */
/* Hart masks against every hart, one by one, on machines with all sorts of hartids. */
/* sources: sbi/harts.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sbi/harts.h"

static char blocks[HARTS_MAX * HART_BLOCK_SIZE] __attribute__((aligned(64)));
static unsigned int self;

/* Domains that the harts are dealt out to, one after the other. */
static unsigned int domain_count = 1;
static struct domain_harts domain_harts[3];

/* S-mode of the hart that calls may know hart @i. */
static bool is_known(unsigned int i)
{
	return hart_is_available(i) && i % domain_count == self % domain_count;
}

struct scratch *this_hart(void)
{
	return hart_at(self);
}

/* Hart i has id ids[i], or first + i; unavailable ones are those that @holes has a bit for. */
static void machine(const unsigned long *ids, unsigned long first, unsigned int count,
		    const bool *holes)
{
	memset(&harts, 0, sizeof(harts));
	memset(domain_harts, 0, sizeof(domain_harts));
	harts.first = (struct scratch *)blocks;
	harts.count = count;
	harts.first_id = ids ? ids[0] : first;
	harts.contiguous = !ids;
	for (unsigned int i = 0; i < count; i++) {
		hart_at(i)->index = i;
		hart_at(i)->hartid = ids ? ids[i] : first + i;
		hart_at(i)->peers = domain_harts[i % domain_count].words;
		if (holes && holes[i])
			continue;
		harts.available.words[i / 64] |= BIT(i % 64);
		domain_harts[i % domain_count].words[i / 64] |= BIT(i % 64);
	}
}

static int index_of(unsigned long hartid)
{
	for (unsigned int i = 0; i < harts.count; i++) {
		if (hart_at(i)->hartid == hartid && is_known(i))
			return (int)i;
	}
	return -1;
}

/* What the specification says, the slow way. */
static bool expected(unsigned long bits, unsigned long base, bool *named)
{
	memset(named, 0, HARTS_MAX);
	for (unsigned int i = 0; i < 64; i++) {
		int index;

		if (!(bits >> i & 1))
			continue;
		if (base + i < base)
			return false;
		index = index_of(base + i);
		if (index < 0)
			return false;
		named[index] = true;
	}
	return true;
}

static void check(unsigned long bits, unsigned long base)
{
	bool named[HARTS_MAX], seen[HARTS_MAX] = { false };
	bool ok = expected(bits, base, named);
	struct hart_mask mask;
	struct scratch *hart;

	if (base == HART_MASK_ALL)
		return;
	hart = hart_mask_only(bits, base);
	assert_ptr_equal(hart, bits == 1 && ok && harts.contiguous ? hart_of_id(base) : NULL);
	assert_int_equal(hart_mask_check(&mask, bits, base), ok);
	if (!ok)
		return;
	do {
		for_each_hart_in_word(hart, mask)
		{
			assert_false(seen[hart->index]);
			seen[hart->index] = true;
		}
	} while (hart_mask_next_word(&mask));
	assert_memory_equal(seen, named, sizeof(seen));
	assert_int_equal(hart_mask_is_self(bits, base),
			 bits && !(bits & (bits - 1)) && named[self]);
}

static void check_all(void)
{
	bool seen[HARTS_MAX] = { false };
	struct hart_mask mask;
	struct scratch *hart;

	assert_true(hart_mask_check(&mask, (unsigned long)random(), HART_MASK_ALL));
	do {
		for_each_hart_in_word(hart, mask) seen[hart->index] = true;
	} while (hart_mask_next_word(&mask));
	for (unsigned int i = 0; i < harts.count; i++)
		assert_int_equal(seen[i], is_known(i));
}

static unsigned long random_long(void)
{
	return (unsigned long)random() << 42 ^ (unsigned long)random() << 21 ^
	       (unsigned long)random();
}

static void check_machine(void)
{
	for (self = 0; self < harts.count; self += 1 + harts.count / 3) {
		for (unsigned int i = 0; i < harts.count; i++) {
			unsigned long id = hart_at(i)->hartid;

			check(1, id);
			check(BIT(63), id - 63);
			check(~0UL, id);
			check(random_long() & random_long() & random_long(), id - 20);
			assert_ptr_equal(hart_of_id(id), is_known(i) ? hart_at(i) : NULL);
		}
		check(0, 0);
		check(0, 12345678);
		check(1, harts.first_id - 1);
		check(2, -2UL);
		check(3, -2UL);
		check(4, -2UL); /* wraps to 0 */
		check(1, BIT(32) + harts.first_id);
		check_all();
	}
}

static void contiguous_ids(void **state)
{
	static const unsigned int counts[] = { 1, 2, 63, 64, 65, 128, 200, 512 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		machine(NULL, 0, counts[i], NULL);
		check_machine();
		machine(NULL, 7, counts[i], NULL);
		check_machine();
	}
}

static void ids_at_the_end(void **state)
{
	(void)state;
	machine(NULL, -9UL, 8, NULL); /* the last possible one is -1, which means all */
	check_machine();
	machine(NULL, BIT(32) - 2, 4, NULL);
	check_machine();
}

static void some_are_not_available(void **state)
{
	bool holes[HARTS_MAX] = { true }; /* hart 0 has no S-mode */

	(void)state;
	machine(NULL, 0, 5, holes);
	check_machine();
	for (unsigned int i = 0; i < HARTS_MAX; i++)
		holes[i] = i % 5 == 3;
	machine(NULL, 3, 300, holes);
	check_machine();
}

static void sparse_ids(void **state)
{
	static const unsigned long sockets[] = { 0, 1, 2, 3, 0x10000, 0x10001, 0x10002, 0x10003 };
	static const unsigned long shuffled[] = { 9, 3, 70, 1, BIT(40), 64 };
	static const bool holes[] = { false, true, false, false, true, false, false, false };

	(void)state;
	machine(sockets, 0, ARRAY_SIZE(sockets), NULL);
	check_machine();
	machine(sockets, 0, ARRAY_SIZE(sockets), holes);
	check_machine();
	machine(shuffled, 0, ARRAY_SIZE(shuffled), NULL);
	check_machine();
}

static void domains_do_not_see_each_other(void **state)
{
	(void)state;
	for (domain_count = 2; domain_count <= ARRAY_SIZE(domain_harts); domain_count++) {
		contiguous_ids(NULL);
		some_are_not_available(NULL);
		sparse_ids(NULL);
	}
	domain_count = 1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contiguous_ids),
		cmocka_unit_test(ids_at_the_end),
		cmocka_unit_test(some_are_not_available),
		cmocka_unit_test(sparse_ids),
		cmocka_unit_test(domains_do_not_see_each_other),
	};

	srandom(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
