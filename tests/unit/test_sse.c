/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of software events (SBI v3.0, chapter "Supervisor Software Events Extension"): states,
 * attributes, priorities, and that a completed handler leaves the context as it was.
 */
/* sources: sbi/sse_policy.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/sbi.h"
#include "sbi/sse_policy.h"

#define HARTID 3
#define INJECTABLE 8UL
#define PENDING 4UL

static struct sse_event all[SSE_EVENTS];
static struct sse_event *events[SSE_EVENTS];

static int setup(void **state)
{
	(void)state;
	memset(all, 0, sizeof(all));
	for (unsigned int i = 0; i < SSE_EVENTS; i++)
		events[i] = &all[i];
	return 0;
}

static bool is_hart(unsigned long hartid)
{
	return hartid < 4;
}

/* ---- Ids ---- */

static void ids(void **state)
{
	static const struct {
		unsigned long id;
		enum sse_number number;
		bool is_global;
	} known[] = {
		{ 0, SSE_LOCAL_HIGH_RAS, false },
		{ 1, SSE_DOUBLE_TRAP, false },
		{ 0x8000, SSE_GLOBAL_HIGH_RAS, true },
		{ 0x10000, SSE_PMU_OVERFLOW, false },
		{ 0x100000, SSE_LOCAL_LOW_RAS, false },
		{ 0x108000, SSE_GLOBAL_LOW_RAS, true },
		{ 0xffff0000, SSE_LOCAL_SOFTWARE, false },
		{ 0xffff8000, SSE_GLOBAL_SOFTWARE, true },
	};
	uint32_t local_slots = 0, global_slots = 0;

	(void)state;
	assert_int_equal(ARRAY_SIZE(known), SSE_EVENTS);
	for (unsigned int i = 0; i < ARRAY_SIZE(known); i++) {
		enum sse_number number = known[i].number;

		assert_int_equal(sse_number_of(known[i].id), number);
		assert_int_equal(sse_is_global(number), known[i].is_global);
		*(known[i].is_global ? &global_slots : &local_slots) |= BIT(sse_slot(number));
	}
	/* Each has a place of its own. */
	assert_int_equal(local_slots, BIT(SSE_LOCALS) - 1);
	assert_int_equal(global_slots, BIT(SSE_GLOBALS) - 1);
}

static void other_ids(void **state)
{
	static const unsigned long unknown[] = {
		2,
		0x3fff,
		0x4000,
		0xc000,
		0x18000,
		0xffff0001,
		0xffffffff,
		0x100000000,
		0x1ffff0000,
		0xffffffff00000000,
		0xfffffffe00000001,
		~0UL,
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_int_equal(sse_number_of(unknown[i]), SSE_NONE);
	assert_int_equal(sse_number_of(0xffffffffffff0000), SSE_LOCAL_SOFTWARE);
	assert_int_equal(sse_number_of(0xffffffffffff8000), SSE_GLOBAL_SOFTWARE);
}

/* ---- States ---- */

static void states(void **state)
{
	/* What each function makes of each state; -1: INVALID_STATE. */
	static const int after[4][4] = {
		{ SSE_REGISTERED, -1, -1, -1 },
		{ -1, SSE_UNUSED, -1, -1 },
		{ -1, SSE_ENABLED, -1, -1 },
		{ -1, -1, SSE_REGISTERED, -1 },
	};

	(void)state;
	for (unsigned int call = 0; call < 4; call++) {
		for (unsigned int from = SSE_UNUSED; from <= SSE_RUNNING; from++) {
			struct sse_event event = { .state = (uint8_t)from };
			int to = after[call][from];
			long error = call == 0 ? sse_register(&event, 0x1000, 7)
				   : call == 1 ? sse_unregister(&event)
				   : call == 2 ? sse_enable(&event)
					       : sse_disable(&event);

			assert_int_equal(error, to < 0 ? SBI_ERR_INVALID_STATE : SBI_SUCCESS);
			assert_int_equal(event.state, to < 0 ? from : (unsigned int)to);
			assert_int_equal(event.entry_pc, !call && !error ? 0x1000 : 0);
		}
	}
}

static void odd_entry(void **state)
{
	struct sse_event event = { 0 };

	(void)state;
	assert_int_equal(sse_register(&event, 0x1001, 0), SBI_ERR_INVALID_PARAM);
	assert_int_equal(event.state, SSE_UNUSED);
	assert_int_equal(sse_register(&event, 0x1002, 0), SBI_SUCCESS);
}

static void finish(void **state)
{
	struct sse_event event = { .state = SSE_RUNNING };

	(void)state;
	sse_finish(&event);
	assert_int_equal(event.state, SSE_ENABLED);
	event = (struct sse_event){ .state = SSE_RUNNING, .config = 1 };
	sse_finish(&event);
	assert_int_equal(event.state, SSE_REGISTERED);
}

/* ---- Attributes ---- */

static void ranges(void **state)
{
	(void)state;
	assert_int_equal(sse_check_range(0, 0), SBI_ERR_INVALID_PARAM);
	assert_int_equal(sse_check_range(99, 0), SBI_ERR_INVALID_PARAM);
	assert_int_equal(sse_check_range(0, 10), SBI_SUCCESS);
	assert_int_equal(sse_check_range(9, 1), SBI_SUCCESS);
	assert_int_equal(sse_check_range(0, 11), SBI_ERR_BAD_RANGE);
	assert_int_equal(sse_check_range(9, 2), SBI_ERR_BAD_RANGE);
	assert_int_equal(sse_check_range(10, 1), SBI_ERR_BAD_RANGE);
	assert_int_equal(sse_check_range(1, ~0UL), SBI_ERR_BAD_RANGE);
	assert_int_equal(sse_check_range(~0UL, 2), SBI_ERR_BAD_RANGE);
}

static void reading(void **state)
{
	struct sse_event event = {
		.state = SSE_ENABLED,
		.pending = true,
		.config = 1,
		.flags = 0x2a,
		.priority = 0xfedcba98,
		.entry_pc = 4,
		.entry_arg = 5,
		.sepc = 6,
		.a6 = 8,
		.a7 = 9,
	};
	const unsigned long values[SSE_ATTRIBUTES] = {
		SSE_ENABLED | PENDING | INJECTABLE, 0xfedcba98, 1, HARTID, 4, 5, 6, 0x2a, 8, 9,
	};
	unsigned long preferred = 2;
	struct sse_view view = { .event = &event, .hartid = HARTID };

	(void)state;
	for (unsigned int i = 0; i < SSE_ATTRIBUTES; i++)
		assert_int_equal(sse_read(&view, i), values[i]);
	assert_int_equal(sse_read(&view, SSE_ATTRIBUTES), 0);
	view.preferred_hart = &preferred;
	assert_int_equal(sse_read(&view, SSE_PREFERRED_HART), 2);
	event.pending = false;
	assert_int_equal(sse_read(&view, SSE_STATUS), SSE_ENABLED | INJECTABLE);
}

static void writing(void **state)
{
	struct sse_event event = { .state = SSE_RUNNING };
	unsigned long preferred = 2;
	const struct sse_view view = { .event = &event, .preferred_hart = &preferred };
	const struct sse_event before = event;

	(void)state;
	for (unsigned int i = SSE_PRIORITY; i < SSE_ATTRIBUTES; i++) {
		if (i == SSE_ENTRY_PC || i == SSE_ENTRY_ARG)
			continue;
		sse_write(&view, i, 1);
		assert_int_equal(sse_read(&view, i), 1);
	}
	sse_write(&view, SSE_PRIORITY, 0x1234500000077);
	assert_int_equal(sse_read(&view, SSE_PRIORITY), 0x77);
	event = before;
	sse_write(&view, SSE_STATUS, ~0UL);
	assert_memory_equal(&event, &before, sizeof(event));
}

static void read_only(void **state)
{
	static const enum sse_attribute attributes[] = {
		SSE_STATUS,
		SSE_ENTRY_PC,
		SSE_ENTRY_ARG,
		SSE_PREFERRED_HART,
	};
	struct sse_event event = { 0 };
	const struct sse_view view = { .event = &event };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(attributes); i++)
		assert_int_equal(sse_check_write(&view, attributes[i], 0, is_hart), SBI_ERR_DENIED);
}

static void writable_when(void **state)
{
	unsigned long preferred = 2;

	(void)state;
	for (unsigned int s = SSE_UNUSED; s <= SSE_RUNNING; s++) {
		struct sse_event event = { .state = (uint8_t)s };
		const struct sse_view view = { .event = &event, .preferred_hart = &preferred };
		const struct sse_view here = { .event = &event, .runs_here = true };
		long set_up = s <= SSE_REGISTERED ? SBI_SUCCESS : SBI_ERR_INVALID_STATE;

		assert_int_equal(sse_check_write(&view, SSE_PRIORITY, ~0UL, is_hart), set_up);
		assert_int_equal(sse_check_write(&view, SSE_CONFIG, 1, is_hart), set_up);
		assert_int_equal(sse_check_write(&view, SSE_PREFERRED_HART, 1, is_hart), set_up);
		for (unsigned int i = SSE_INTERRUPTED_SEPC; i <= SSE_INTERRUPTED_A7; i++) {
			assert_int_equal(sse_check_write(&view, i, 0, is_hart),
					 SBI_ERR_INVALID_STATE);
			assert_int_equal(sse_check_write(&here, i, 0, is_hart), SBI_SUCCESS);
		}
	}
}

static void bad_values(void **state)
{
	struct sse_event event = { .state = SSE_REGISTERED };
	unsigned long preferred = 2;
	const struct sse_view view = {
		.event = &event,
		.preferred_hart = &preferred,
		.runs_here = true,
	};

	(void)state;
	for (unsigned int bit = 1; bit < 64; bit++)
		assert_int_equal(sse_check_write(&view, SSE_CONFIG, BIT(bit), is_hart),
				 SBI_ERR_INVALID_PARAM);
	for (unsigned int bit = 0; bit < 64; bit++)
		assert_int_equal(sse_check_write(&view, SSE_INTERRUPTED_FLAGS, BIT(bit), is_hart),
				 bit < 6 ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM);
	assert_int_equal(sse_check_write(&view, SSE_PREFERRED_HART, 4, is_hart),
			 SBI_ERR_INVALID_PARAM);
	assert_int_equal(sse_check_write(&view, SSE_PREFERRED_HART, 1UL << 32, is_hart),
			 SBI_ERR_INVALID_PARAM);
}

/* ---- Priorities ---- */

static void happens(enum sse_number number, uint32_t priority)
{
	all[number] = (struct sse_event){
		.state = SSE_ENABLED,
		.pending = true,
		.priority = priority,
	};
}

static uint32_t runs(enum sse_number number, uint32_t priority)
{
	all[number] = (struct sse_event){ .state = SSE_RUNNING, .priority = priority };
	return 1U << number;
}

static void nothing_waits(void **state)
{
	(void)state;
	assert_int_equal(sse_next(events, 0), SSE_NONE);
	assert_int_equal(sse_most_important(events, 0), SSE_NONE);
	happens(SSE_LOCAL_SOFTWARE, 0);
	all[SSE_LOCAL_SOFTWARE].state = SSE_REGISTERED;
	assert_int_equal(sse_next(events, 0), SSE_NONE);
	all[SSE_LOCAL_SOFTWARE].state = SSE_ENABLED;
	all[SSE_LOCAL_SOFTWARE].pending = false;
	assert_int_equal(sse_next(events, 0), SSE_NONE);
}

static void lower_number_first(void **state)
{
	(void)state;
	happens(SSE_GLOBAL_SOFTWARE, 0xffffffff);
	assert_int_equal(sse_next(events, 0), SSE_GLOBAL_SOFTWARE);
	happens(SSE_LOCAL_SOFTWARE, 0xffffffff);
	assert_int_equal(sse_next(events, 0), SSE_LOCAL_SOFTWARE);
	happens(SSE_GLOBAL_SOFTWARE, 0xfffffffe);
	assert_int_equal(sse_next(events, 0), SSE_GLOBAL_SOFTWARE);
	happens(SSE_DOUBLE_TRAP, 1);
	assert_int_equal(sse_next(events, 0), SSE_DOUBLE_TRAP);
}

static void preemption(void **state)
{
	uint32_t running = runs(SSE_LOCAL_SOFTWARE, 5);

	(void)state;
	happens(SSE_GLOBAL_SOFTWARE, 6);
	assert_int_equal(sse_next(events, running), SSE_NONE);
	happens(SSE_GLOBAL_SOFTWARE, 5);
	assert_int_equal(sse_next(events, running), SSE_NONE);
	happens(SSE_GLOBAL_SOFTWARE, 4);
	assert_int_equal(sse_next(events, running), SSE_GLOBAL_SOFTWARE);
	happens(SSE_DOUBLE_TRAP, 5);
	all[SSE_GLOBAL_SOFTWARE].pending = false;
	assert_int_equal(sse_next(events, running), SSE_DOUBLE_TRAP);
	running |= runs(SSE_DOUBLE_TRAP, 5);
	assert_int_equal(sse_most_important(events, running), SSE_DOUBLE_TRAP);
	/* What runs waits for itself. */
	all[SSE_DOUBLE_TRAP].pending = true;
	assert_int_equal(sse_next(events, running), SSE_NONE);
}

/* A global event that another hart handles is in nobody else's way. */
static void runs_elsewhere(void **state)
{
	(void)state;
	runs(SSE_GLOBAL_SOFTWARE, 0);
	happens(SSE_LOCAL_SOFTWARE, 9);
	assert_int_equal(sse_next(events, 0), SSE_LOCAL_SOFTWARE);
}

/* ---- Injection and completion ---- */

/* Every combination of the bits that either of them looks at. */
static const unsigned long mstatus_bits[] = {
	MSTATUS_SIE, MSTATUS_SPIE,  MSTATUS_SPP, MSTATUS_SPELP,
	MSTATUS_SDT, MSTATUS_MPELP, MSTATUS_MPV, PRV_S << MSTATUS_MPP_SHIFT,
};
#define HSTATUS_COMBINATIONS 4
#define COMBINATIONS (HSTATUS_COMBINATIONS << ARRAY_SIZE(mstatus_bits))

static struct sse_context context_of(unsigned int combination)
{
	struct sse_context context = {
		.pc = 0x100,
		.sepc = 0x200,
		.a6 = 0x600,
		.a7 = 0x700,
		.mstatus = MSTATUS_FS | MSTATUS_SUM | MSTATUS_UXL,
		.hstatus = HSTATUS_HU | HSTATUS_GVA,
	};

	if (combination & 1)
		context.hstatus |= HSTATUS_SPV;
	if (combination & 2)
		context.hstatus |= HSTATUS_SPVP;
	combination /= HSTATUS_COMBINATIONS;
	for (unsigned int i = 0; i < ARRAY_SIZE(mstatus_bits); i++)
		context.mstatus |= combination >> i & 1 ? mstatus_bits[i] : 0;
	return context;
}

static bool has(unsigned long word, unsigned long bits)
{
	return (word & bits) == bits;
}

static void check_handler(const struct sse_context *old, const struct sse_context *now)
{
	unsigned long m = old->mstatus;
	bool user = !(m & MSTATUS_MPP), guest = m & MSTATUS_MPV;
	const unsigned long others = MSTATUS_FS | MSTATUS_SUM | MSTATUS_UXL;

	assert_int_equal(now->pc, 0x4000);
	assert_int_equal(now->sepc, old->pc);
	assert_int_equal(now->a6, HARTID);
	assert_int_equal(now->a7, 0x77);
	assert_int_equal((now->mstatus & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT, PRV_S);
	assert_false(now->mstatus & (MSTATUS_SIE | MSTATUS_MPV | MSTATUS_MPELP));
	assert_int_equal(has(now->mstatus, MSTATUS_SPP), !user);
	assert_int_equal(has(now->mstatus, MSTATUS_SPIE), has(m, MSTATUS_SIE));
	assert_int_equal(has(now->mstatus, MSTATUS_SPELP), has(m, MSTATUS_MPELP));
	assert_true(now->mstatus & MSTATUS_SDT);
	assert_true(has(now->mstatus, others));
	assert_int_equal(has(now->hstatus, HSTATUS_SPV), guest);
	assert_int_equal(has(now->hstatus, HSTATUS_SPVP),
			 guest ? !user : has(old->hstatus, HSTATUS_SPVP));
	assert_true(has(now->hstatus, HSTATUS_HU | HSTATUS_GVA));
}

static void check_flags(const struct sse_context *old, unsigned int flags)
{
	assert_int_equal(flags & 1, has(old->mstatus, MSTATUS_SPP));
	assert_int_equal(flags >> 1 & 1, has(old->mstatus, MSTATUS_SPIE));
	assert_int_equal(flags >> 2 & 1, has(old->hstatus, HSTATUS_SPV));
	assert_int_equal(flags >> 3 & 1, has(old->hstatus, HSTATUS_SPVP));
	assert_int_equal(flags >> 4 & 1, has(old->mstatus, MSTATUS_SPELP));
	assert_int_equal(flags >> 5 & 1, has(old->mstatus, MSTATUS_SDT));
}

static void there_and_back(void **state)
{
	(void)state;
	for (unsigned int combination = 0; combination < COMBINATIONS; combination++) {
		const struct sse_context old = context_of(combination);
		struct sse_context context = old;
		struct sse_event event = {
			.state = SSE_ENABLED,
			.pending = true,
			.entry_pc = 0x4000,
			.entry_arg = 0x77,
		};

		sse_inject(&event, &context, HARTID, MSTATUS_SDT);
		assert_int_equal(event.state, SSE_RUNNING);
		assert_false(event.pending);
		check_handler(&old, &context);
		check_flags(&old, event.flags);
		assert_int_equal(event.sepc, old.sepc);
		assert_int_equal(event.a6, old.a6);
		assert_int_equal(event.a7, old.a7);

		sse_return(&event, &context, MSTATUS_SDT);
		assert_memory_equal(&context, &old, sizeof(old));
	}
}

static void without_double_traps(void **state)
{
	struct sse_context context = { .mstatus = MSTATUS_SDT };
	struct sse_event event = { 0 };

	(void)state;
	/* Without Ssdbltrp the bit is somebody else's, and stays as it is. */
	sse_inject(&event, &context, HARTID, 0);
	assert_int_equal(event.flags & 0x20, 0);
	assert_true(context.mstatus & MSTATUS_SDT);
	sse_return(&event, &context, 0);
	assert_int_equal(context.mstatus, MSTATUS_SDT);
}

/* "it can update the event attributes of the software event" */
static void back_to_elsewhere(void **state)
{
	struct sse_event event = { .sepc = 1, .a6 = 2, .a7 = 3, .flags = 0x3f };
	struct sse_context context = { .pc = 10, .sepc = 11 };

	(void)state;
	sse_return(&event, &context, MSTATUS_SDT);
	assert_int_equal(context.pc, 11);
	assert_int_equal(context.sepc, 1);
	assert_int_equal(context.a6, 2);
	assert_int_equal(context.a7, 3);
	assert_int_equal(context.mstatus, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SPELP | MSTATUS_SDT);
	assert_int_equal(context.hstatus, HSTATUS_SPV | HSTATUS_SPVP);
}

/* No handler gets back into M-mode, whatever sstatus it leaves. */
static void never_to_m_mode(void **state)
{
	(void)state;
	for (unsigned int combination = 0; combination < COMBINATIONS; combination++) {
		struct sse_context context = context_of(combination);
		struct sse_event event = { .flags = 0x3f };

		context.mstatus |= PRV_M << MSTATUS_MPP_SHIFT;
		sse_return(&event, &context, MSTATUS_SDT);
		assert_false(has(context.mstatus, PRV_M << MSTATUS_MPP_SHIFT));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
		cmocka_unit_test(other_ids),
		cmocka_unit_test(states),
		cmocka_unit_test(odd_entry),
		cmocka_unit_test(finish),
		cmocka_unit_test(ranges),
		cmocka_unit_test(reading),
		cmocka_unit_test(writing),
		cmocka_unit_test(read_only),
		cmocka_unit_test(writable_when),
		cmocka_unit_test(bad_values),
		cmocka_unit_test_setup(nothing_waits, setup),
		cmocka_unit_test_setup(lower_number_first, setup),
		cmocka_unit_test_setup(preemption, setup),
		cmocka_unit_test_setup(runs_elsewhere, setup),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(without_double_traps),
		cmocka_unit_test(back_to_elsewhere),
		cmocka_unit_test(never_to_m_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
