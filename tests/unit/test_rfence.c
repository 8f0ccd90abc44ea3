/* SPDX-License-Identifier: BSD-2-Clause */
/* Which instructions a hart executes for a fence, with which operands, and under which hgatp. */
/* sources: sbi/rfence.c sbi/harts.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/fence.h"
#include "lib/riscv/io.h"
#include "sbi/platform.h"
#include "sbi/pmu.h"
#include "sbi/rfence.h"
#include "sbi/scratch.h"

#define PAGE (1UL << FENCE_PAGE_SHIFT)
#define LIMIT 16
#define X0 (-2UL) /* as an operand: not a register that has a value */
#define FENCE_I_INSN 0x0000100f
#define OWN_HGATP 0x8000000000012345UL
#define GUEST_HGATP 0x8007000000054321UL

struct platform platform;

static struct scratch hart;
static unsigned long hgatp;

static struct executed {
	unsigned int insn;
	unsigned long rs1, rs2, hgatp;
} seen[64];
static unsigned int executed;

struct scratch *this_hart(void)
{
	return &hart;
}

unsigned long *csr_model(unsigned int csr)
{
	assert_int_equal(csr, CSR_HGATP);
	return &hgatp;
}

void pmu_count_fence_now(struct scratch *target, const struct fence *fence)
{
	(void)target;
	(void)fence;
}

void fence_model(unsigned int insn, const unsigned long *rs1, const unsigned long *rs2)
{
	assert_true(executed < ARRAY_SIZE(seen));
	seen[executed++] = (struct executed){ insn, rs1 ? *rs1 : X0, rs2 ? *rs2 : X0, hgatp };
}

void fence_i(void)
{
	fence_model(FENCE_I_INSN, NULL, NULL);
}

/* The next instruction of those seen. */
static void expect(unsigned int *at, unsigned int insn, unsigned long rs1, unsigned long rs2,
		   unsigned long under)
{
	assert_true(*at < executed);
	assert_int_equal(seen[*at].insn, insn);
	assert_int_equal(seen[*at].rs1, rs1);
	assert_int_equal(seen[*at].rs2, rs2);
	assert_int_equal(seen[*at].hgatp, under);
	++*at;
}

static void reset(bool has_svinval)
{
	platform.config.fence_page_limit = LIMIT;
	hart = (struct scratch){ 0 };
	hart.features.isa.bits = BIT(ISA_H) | (has_svinval ? BIT(ISA_SVINVAL) : 0);
	hgatp = OWN_HGATP;
	executed = 0;
}

static const struct {
	enum fence_kind kind;
	unsigned int fence, inval; /* SFENCE.VMA, HFENCE.*; SINVAL.VMA, HINVAL.* */
	unsigned int shift;	   /* of an address, as the instruction wants it */
	unsigned long under;	   /* hgatp */
} kinds[] = {
	{ FENCE_SFENCE, 0x12000073, 0x16000073, 0, OWN_HGATP },
	{ FENCE_VVMA, 0x22000073, 0x26000073, 0, GUEST_HGATP },
	{ FENCE_GVMA, 0x62000073, 0x66000073, 2, OWN_HGATP },
};

static const unsigned int page_counts[] = { 1, 2, LIMIT, LIMIT + 1 };

static void fence_of(unsigned int kind, unsigned int pages, unsigned long id, bool has_svinval,
		     bool is_remote)
{
	const unsigned long first = 0x80001000;
	struct fence fence = { kinds[kind].kind,
			       { first, first + (pages - 1) * PAGE, id },
			       GUEST_HGATP };
	unsigned long rs2 = id == FENCE_ANY_ID ? X0 : id, under = kinds[kind].under;
	bool by_inval = has_svinval && pages > 1 && pages <= LIMIT;
	unsigned int at = 0;

	reset(has_svinval);
	if (is_remote) {
		assert_true(fence_merge(&hart.rfence.pending, &fence));
		rfence_serve();
	} else {
		fence_here(&fence);
	}
	if (by_inval)
		expect(&at, 0x18000073, X0, X0, under);
	for (unsigned long page = first; pages <= LIMIT && page <= fence.span.last; page += PAGE)
		expect(&at, by_inval ? kinds[kind].inval : kinds[kind].fence,
		       page >> kinds[kind].shift, rs2, under);
	if (pages > LIMIT)
		expect(&at, kinds[kind].fence, X0, rs2, under);
	if (by_inval)
		expect(&at, 0x18100073, X0, X0, under);
	assert_int_equal(at, executed);
	assert_int_equal(hgatp, OWN_HGATP);
}

static void instructions(void **state)
{
	(void)state;
	for (unsigned int kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(page_counts); i++) {
			for (unsigned int how = 0; how < 8; how++)
				fence_of(kind, page_counts[i], how & 1 ? 7 : FENCE_ANY_ID, how & 2,
					 how & 4);
		}
	}
}

/* ASID and VMID 0 are ids as others are, and address 0 is an address. */
static void zero_is_not_all(void **state)
{
	(void)state;
	for (unsigned int kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		struct fence fence = { kinds[kind].kind, { 0, 0, 0 }, GUEST_HGATP };
		unsigned int at = 0;

		reset(false);
		fence_here(&fence);
		expect(&at, kinds[kind].fence, 0, 0, kinds[kind].under);
		assert_int_equal(at, executed);
	}
}

static void everything(void **state)
{
	(void)state;
	for (unsigned int has_h = 0; has_h < 2; has_h++) {
		unsigned int at = 0;

		reset(true);
		if (!has_h)
			hart.features.isa.bits = 0;
		rfence_everything();
		expect(&at, FENCE_I_INSN, X0, X0, OWN_HGATP);
		expect(&at, kinds[0].fence, X0, X0, OWN_HGATP);
		if (has_h) {
			expect(&at, kinds[2].fence, X0, X0, OWN_HGATP);
			expect(&at, kinds[1].fence, X0, X0, OWN_HGATP);
		}
		assert_int_equal(at, executed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions),
		cmocka_unit_test(zero_is_not_all),
		cmocka_unit_test(everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
