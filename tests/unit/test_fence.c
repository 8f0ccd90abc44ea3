/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of remote fences, and that what is merged covers all that was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sbi/rfence.h"

#define ALL (~0UL)
#define PAGE 4096UL

static void spans(void **state)
{
	static const struct {
		unsigned long start, size;
		bool ok;
		unsigned long first, last;
	} rows[] = {
		{ 0, 0, true, 0, ALL },
		{ 0, ALL, true, 0, ALL },
		{ 0x1000, ALL, true, 0, ALL },
		{ ALL, ALL, true, 0, ALL },
		{ 0x1000, 0x1000, true, 0x1000, 0x1000 },
		{ 0x1000, 1, true, 0x1000, 0x1000 },
		{ 0x1fff, 1, true, 0x1000, 0x1000 },
		{ 0x1fff, 2, true, 0x1000, 0x2000 }, /* two pages by two bytes */
		{ 0x1800, 0x1000, true, 0x1000, 0x2000 },
		{ 0x1000, 0x1001, true, 0x1000, 0x2000 },
		{ 0, 1, true, 0, 0 },
		{ 0, PAGE, true, 0, 0 },
		{ -PAGE, PAGE, true, -PAGE, -PAGE }, /* up to the end of the address space */
		{ ALL, 1, true, -PAGE, -PAGE },
		{ ALL, 2, false, 0, 0 },
		{ -PAGE, PAGE + 1, false, 0, 0 },
		{ 0x1000, ALL - 1, false, 0, 0 },
		{ 0x8000000000000000, 0x8000000000000000, true, 0x8000000000000000, -PAGE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fence_span span;

		assert_int_equal(fence_span_of(&span, rows[i].start, rows[i].size, 7), rows[i].ok);
		if (!rows[i].ok)
			continue;
		assert_int_equal(span.first, rows[i].first);
		assert_int_equal(span.last, rows[i].last);
		assert_int_equal(span.id, 7);
	}
}

static void an_empty_range_has_no_page(void **state)
{
	struct fence_span span;

	(void)state;
	assert_true(fence_span_of(&span, 0x1000, 0, 7));
	assert_true(span.first > span.last);
}

static void small_is_up_to_the_limit(void **state)
{
	struct fence_span span;

	(void)state;
	assert_true(fence_span_of(&span, 0x1000, 16 * PAGE, 0));
	assert_true(fence_span_is_small(&span, 16));
	assert_false(fence_span_is_small(&span, 15));
	assert_true(fence_span_of(&span, 0x1001, 16 * PAGE, 0));
	assert_false(fence_span_is_small(&span, 16));
	assert_true(fence_span_of(&span, 0, 0, 0));
	assert_false(fence_span_is_small(&span, 1UL << 40));
}

static struct fence make(enum fence_kind kind, unsigned long start, unsigned long size,
			 unsigned long id, unsigned long hgatp)
{
	struct fence fence = { .kind = kind, .hgatp = hgatp };

	assert_true(fence_span_of(&fence.span, start, size, id));
	return fence;
}

static void same_ids_stay(void **state)
{
	struct fence_pending pending = { 0 };
	struct fence fence = make(FENCE_SFENCE, 0x3000, PAGE, 5, 0);

	(void)state;
	assert_true(fence_merge(&pending, &fence));
	fence = make(FENCE_SFENCE, 0x1000, PAGE, 5, 0);
	assert_true(fence_merge(&pending, &fence));
	assert_int_equal(pending.kinds, BIT(FENCE_SFENCE));
	assert_int_equal(pending.spans[FENCE_SFENCE].first, 0x1000);
	assert_int_equal(pending.spans[FENCE_SFENCE].last, 0x3000);
	assert_int_equal(pending.spans[FENCE_SFENCE].id, 5);

	fence = make(FENCE_SFENCE, 0x1000, PAGE, 6, 0);
	assert_true(fence_merge(&pending, &fence));
	assert_int_equal(pending.spans[FENCE_SFENCE].id, FENCE_ANY_ID);
}

static void a_served_span_is_forgotten(void **state)
{
	struct fence_pending pending = { 0 };
	struct fence fence = make(FENCE_SFENCE, 0, 0, FENCE_ANY_ID, 0);

	(void)state;
	assert_true(fence_merge(&pending, &fence));
	pending.kinds = 0;
	fence = make(FENCE_SFENCE, 0x1000, PAGE, 5, 0);
	assert_true(fence_merge(&pending, &fence));
	assert_int_equal(pending.spans[FENCE_SFENCE].last, 0x1000);
	assert_int_equal(pending.spans[FENCE_SFENCE].id, 5);
}

#define HGATP(vmid) ((unsigned long)(vmid) << 44)

static void guests_do_not_mix(void **state)
{
	struct fence_pending pending = { 0 }, before;
	struct fence fence = make(FENCE_VVMA, 0x1000, PAGE, 1, HGATP(3) | 0x1234);

	(void)state;
	assert_true(fence_merge(&pending, &fence));
	before = pending;
	fence = make(FENCE_VVMA, 0x9000, PAGE, 1, HGATP(4));
	assert_false(fence_merge(&pending, &fence));
	assert_memory_equal(&pending, &before, sizeof(pending));

	/* The same guest by another root of its tables. */
	fence = make(FENCE_VVMA, 0x9000, PAGE, 1, HGATP(3) | 0x5678);
	assert_true(fence_merge(&pending, &fence));
	/* Other kinds have nothing to do with it. */
	fence = make(FENCE_GVMA, 0x9000, PAGE, 4, HGATP(4));
	assert_true(fence_merge(&pending, &fence));
	fence = make(FENCE_I, 0, 0, 0, 0);
	assert_true(fence_merge(&pending, &fence));
	assert_int_equal(pending.kinds, BIT(FENCE_VVMA) | BIT(FENCE_GVMA) | BIT(FENCE_I));
}

static bool covers(const struct fence_pending *pending, const struct fence *fence)
{
	const struct fence_span *span = &pending->spans[fence->kind];

	if (!(pending->kinds & BIT(fence->kind)))
		return false;
	if (fence->kind == FENCE_I)
		return true;
	return span->first <= fence->span.first && span->last >= fence->span.last &&
	       (span->id == FENCE_ANY_ID || span->id == fence->span.id);
}

static void whatever_is_merged_is_covered(void **state)
{
	(void)state;
	srandom(1);
	for (int round = 0; round < 2000; round++) {
		struct fence_pending pending = { 0 };
		struct fence fences[8];
		int count = 0;

		for (int i = 0; i < 8; i++) {
			unsigned long start = (unsigned long)random() << (random() % 33);

			fences[count] = make((enum fence_kind)(random() % 4), start,
					     (unsigned long)random() % 0x20000 + 1,
					     (unsigned long)random() % 3, HGATP(random() % 2));
			if (fence_merge(&pending, &fences[count]))
				count++;
		}
		for (int i = 0; i < count; i++)
			assert_true(covers(&pending, &fences[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans),
		cmocka_unit_test(an_empty_range_has_no_page),
		cmocka_unit_test(small_is_up_to_the_limit),
		cmocka_unit_test(same_ids_stay),
		cmocka_unit_test(a_served_span_is_forgotten),
		cmocka_unit_test(guests_do_not_mix),
		cmocka_unit_test(whatever_is_merged_is_covered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
