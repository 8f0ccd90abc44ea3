/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps that are handed to S-, HS- or VS-mode (privileged ISA, "Trap entry"), and which illegal
 * instructions are done for the context instead.
 */
/* sources: sbi/redirect.c sbi/emulate_illegal.c sbi/unpriv.c tests/unit/trap_model.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/emulate.h"
#include "sbi/trap.h"
#include "tests/unit/trap_model.h"

#define RDTIME_A0 0xc0102573
#define RDCYCLE_A0 0xc0002573
#define RDHPM4_A0 0xc0402573
#define A0 10
#define TIME 0x123456789
#define ALL_COUNTERS 0xffffffff

static struct trap_frame *reset(uint64_t isa)
{
	struct trap_frame *frame = model_reset();

	model.hart.features.isa.bits = isa;
	model.hart.features.has_time_csr = true;
	model.hart.features.counters = ALL_COUNTERS;
	model.csrs[CSR_TIME] = TIME;
	return frame;
}

/* ---- Where a trap goes ---- */

static void to_s_mode(void **state)
{
	(void)state;
	for (unsigned long mode = PRV_U; mode <= PRV_S; mode++) {
		struct trap_frame *frame = reset(0);

		frame->mstatus = MSTATUS_SIE | MSTATUS_FS | MSTATUS_SUM | mode << MSTATUS_MPP_SHIFT;
		frame->mepc = 0x1234;
		model.csrs[CSR_MCAUSE] = CAUSE_ILLEGAL_INSTRUCTION;
		model.csrs[CSR_MTVAL] = 0xb;
		assert_false(trap_redirect_current(frame));
		assert_int_equal(frame->mepc, 0x5000); /* stvec's base, although it is vectored */
		assert_int_equal(model.csrs[CSR_SEPC], 0x1234);
		assert_int_equal(model.csrs[CSR_SCAUSE], CAUSE_ILLEGAL_INSTRUCTION);
		assert_int_equal(model.csrs[CSR_STVAL], 0xb);
		assert_int_equal(frame->mstatus, MSTATUS_SPIE | MSTATUS_FS | MSTATUS_SUM |
							 (mode ? MSTATUS_SPP : 0) |
							 PRV_S << MSTATUS_MPP_SHIFT);
		assert_int_equal(model.csrs[CSR_HSTATUS], 0);
	}
}

/* Interrupts that were off stay off, and SPIE and SPP do not keep what they were. */
static void with_interrupts_off(void **state)
{
	struct trap_frame *frame = reset(0);

	(void)state;
	frame->mstatus = MSTATUS_SPIE | MSTATUS_SPP;
	trap_redirect_current(frame);
	assert_int_equal(frame->mstatus, PRV_S << MSTATUS_MPP_SHIFT);
}

static void to_hs_mode(void **state)
{
	(void)state;
	for (unsigned long mode = PRV_U; mode <= PRV_S; mode++) {
		struct trap_frame *frame = reset(BIT(ISA_H));

		frame->mstatus = MSTATUS_MPV | MSTATUS_GVA | mode << MSTATUS_MPP_SHIFT;
		model.csrs[CSR_HEDELEG] = BIT(CAUSE_ILLEGAL_INSTRUCTION);
		model.csrs[CSR_HSTATUS] = HSTATUS_SPVP | HSTATUS_HU;
		model.csrs[CSR_MCAUSE] = CAUSE_LOAD_MISALIGNED;
		model.csrs[CSR_MTVAL] = 0x4001;
		model.csrs[CSR_MTVAL2] = 0x77;
		model.csrs[CSR_MTINST] = 0x2503;
		trap_redirect_current(frame);
		assert_int_equal(frame->mepc, 0x5000);
		assert_int_equal(model.csrs[CSR_HSTATUS], HSTATUS_HU | HSTATUS_SPV | HSTATUS_GVA |
								  (mode ? HSTATUS_SPVP : 0));
		assert_int_equal(model.csrs[CSR_HTVAL], 0x77);
		assert_int_equal(model.csrs[CSR_HTINST], 0x2503);
		assert_int_equal(model.csrs[CSR_STVAL], 0x4001);
		assert_false(frame->mstatus & MSTATUS_MPV);
		assert_int_equal(!!(frame->mstatus & MSTATUS_SPP), mode);
	}
}

/* From HS-mode itself SPV is 0, and SPVP stays. */
static void from_hs_mode(void **state)
{
	struct trap_frame *frame = reset(BIT(ISA_H));

	(void)state;
	frame->mstatus = PRV_S << MSTATUS_MPP_SHIFT;
	model.csrs[CSR_HEDELEG] = ~0UL;
	model.csrs[CSR_HSTATUS] = HSTATUS_SPV | HSTATUS_GVA | HSTATUS_SPVP;
	model.csrs[CSR_MCAUSE] = CAUSE_STORE_MISALIGNED;
	trap_redirect_current(frame);
	assert_int_equal(frame->mepc, 0x5000);
	assert_int_equal(model.csrs[CSR_HSTATUS], HSTATUS_SPVP);
}

static void to_vs_mode(void **state)
{
	(void)state;
	for (unsigned long mode = PRV_U; mode <= PRV_S; mode++) {
		struct trap_frame *frame = reset(BIT(ISA_H));

		frame->mstatus = MSTATUS_SIE | MSTATUS_MPV | mode << MSTATUS_MPP_SHIFT;
		frame->mepc = 0x1234;
		model.csrs[CSR_HEDELEG] = BIT(CAUSE_ILLEGAL_INSTRUCTION);
		model.csrs[CSR_VSSTATUS] = MSTATUS_SUM | MSTATUS_SIE;
		model.csrs[CSR_HSTATUS] = HSTATUS_SPVP;
		model.csrs[CSR_MCAUSE] = CAUSE_ILLEGAL_INSTRUCTION;
		model.csrs[CSR_MTVAL] = 0xb;
		trap_redirect_current(frame);
		assert_int_equal(frame->mepc, 0x6000);
		assert_int_equal(model.csrs[CSR_VSEPC], 0x1234);
		assert_int_equal(model.csrs[CSR_VSCAUSE], CAUSE_ILLEGAL_INSTRUCTION);
		assert_int_equal(model.csrs[CSR_VSTVAL], 0xb);
		assert_int_equal(model.csrs[CSR_VSSTATUS],
				 MSTATUS_SUM | MSTATUS_SPIE | (mode ? MSTATUS_SPP : 0));
		/* HS-mode does not see it. */
		assert_int_equal(model.csrs[CSR_HSTATUS], HSTATUS_SPVP);
		assert_int_equal(frame->mstatus,
				 MSTATUS_SIE | MSTATUS_MPV | PRV_S << MSTATUS_MPP_SHIFT);
	}
}

static void landing_pads(void **state)
{
	struct trap_frame *frame = reset(BIT(ISA_ZICFILP));

	(void)state;
	frame->mstatus = MSTATUS_MPELP;
	trap_redirect_current(frame);
	assert_int_equal(frame->mstatus & (MSTATUS_MPELP | MSTATUS_SPELP), MSTATUS_SPELP);
	trap_redirect_current(frame);
	assert_int_equal(frame->mstatus & (MSTATUS_MPELP | MSTATUS_SPELP), 0);
}

/* ---- Ssdbltrp ---- */

static void double_trap_of_s(void **state)
{
	struct trap_frame *frame = reset(BIT(ISA_SSDBLTRP) | BIT(ISA_H));

	(void)state;
	model.csrs[CSR_MCAUSE] = CAUSE_ILLEGAL_INSTRUCTION;
	model.csrs[CSR_MTVAL] = 0xb;
	trap_redirect_current(frame);
	assert_true(frame->mstatus & MSTATUS_SDT);
	assert_int_equal(model.csrs[CSR_SCAUSE], CAUSE_ILLEGAL_INSTRUCTION);
	/* S-mode has not cleared SDT. */
	trap_redirect_current(frame);
	assert_int_equal(model.csrs[CSR_SCAUSE], CAUSE_DOUBLE_TRAP);
	assert_int_equal(model.csrs[CSR_HTVAL], CAUSE_ILLEGAL_INSTRUCTION);
	/* What the hart says of a double trap itself is handed on. */
	model.csrs[CSR_MCAUSE] = CAUSE_DOUBLE_TRAP;
	model.csrs[CSR_MTVAL2] = CAUSE_LOAD_PAGE_FAULT;
	trap_redirect_current(frame);
	assert_int_equal(model.csrs[CSR_SCAUSE], CAUSE_DOUBLE_TRAP);
	assert_int_equal(model.csrs[CSR_HTVAL], CAUSE_LOAD_PAGE_FAULT);
}

static void double_trap_of_vs(void **state)
{
	struct trap_frame *frame = reset(BIT(ISA_SSDBLTRP) | BIT(ISA_H));

	(void)state;
	frame->mstatus = MSTATUS_MPV | PRV_S << MSTATUS_MPP_SHIFT;
	model.csrs[CSR_HEDELEG] = BIT(CAUSE_ILLEGAL_INSTRUCTION);
	model.csrs[CSR_VSSTATUS] = MSTATUS_SDT;
	model.csrs[CSR_MCAUSE] = CAUSE_ILLEGAL_INSTRUCTION;
	trap_redirect_current(frame);
	assert_int_equal(frame->mepc, 0x5000);
	assert_int_equal(model.csrs[CSR_SCAUSE], CAUSE_DOUBLE_TRAP);
	assert_int_equal(model.csrs[CSR_HTVAL], CAUSE_ILLEGAL_INSTRUCTION);
	assert_int_equal(model.csrs[CSR_HSTATUS] & HSTATUS_SPV, HSTATUS_SPV);
	assert_int_equal(model.csrs[CSR_VSCAUSE], 0);
}

/* Where there is no Ssdbltrp and no Zicfilp, the bits are something else: early cores' VS. */
static void unknown_bits_stay(void **state)
{
	struct trap_frame *frame = reset(0);
	unsigned long bits = MSTATUS_SDT | MSTATUS_SPELP;

	(void)state;
	frame->mstatus = bits;
	model.csrs[CSR_MCAUSE] = CAUSE_ILLEGAL_INSTRUCTION;
	trap_redirect_current(frame);
	assert_int_equal(model.csrs[CSR_SCAUSE], CAUSE_ILLEGAL_INSTRUCTION);
	assert_int_equal(frame->mstatus & bits, bits);
	frame->mstatus = 0;
	trap_redirect_current(frame);
	assert_int_equal(frame->mstatus & bits, 0);
}

/* ---- Illegal instructions ---- */

enum outcome { DONE, HANDED_ON };

static enum outcome illegal(uint32_t insn, unsigned long mode, bool is_told)
{
	struct trap_frame *frame = &model.hart.frame;
	unsigned long mepc = frame->mepc, mpv = frame->mstatus & MSTATUS_MPV;

	model_instruction(insn);
	model_trap(CAUSE_ILLEGAL_INSTRUCTION, is_told ? insn : 0, mode);
	frame->mstatus |= mpv;
	frame->info = (struct trap_info){ .cause = CAUSE_ILLEGAL_INSTRUCTION,
					  .tval = is_told ? insn : 0 };
	if (is_told && emulate_read_time(frame, insn))
		return DONE;
	if (emulate_illegal(frame, false))
		assert_false(emulate_illegal(frame, true));
	return frame->mepc == mepc + 4 ? DONE : HANDED_ON;
}

static void counters(void **state)
{
	static const struct {
		uint32_t insn;
		uint64_t value;
	} rows[] = {
		{ RDTIME_A0, TIME },  { RDCYCLE_A0, 1000 }, { 0xc0202573, 1002 }, /* rdinstret a0 */
		{ RDHPM4_A0, 1004 },  { 0xc1f02573, 1031 }, /* csrr a0, hpmcounter31 */
		{ 0xc0103573, TIME },			    /* csrrc a0, time, zero */
		{ 0xc0106573, TIME },			    /* csrrsi a0, time, 0 */
		{ 0xc0107573, TIME },			    /* csrrci a0, time, 0 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int is_told = 0; is_told < 2; is_told++) {
			struct trap_frame *frame = reset(0);

			assert_int_equal(illegal(rows[i].insn, PRV_S, is_told), DONE);
			assert_int_equal(frame->x[A0], rows[i].value);
		}
	}
	reset(0);
	assert_int_equal(illegal(0xc0102473, PRV_S, true), DONE); /* rdtime s0 */
	assert_int_equal(model.hart.frame.x[8], TIME);
	reset(0);
	assert_int_equal(illegal(0xc0102073, PRV_S, true), DONE); /* rdtime zero */
	assert_int_equal(model.hart.frame.x[0], 0);
}

static void no_counters(void **state)
{
	static const uint32_t insns[] = {
		0xc0101573, /* csrrw a0, time, zero */
		0xc0105573, /* csrrwi a0, time, 0 */
		0xc010a573, /* csrrs a0, time, ra */
		0xc010e573, /* csrrsi a0, time, 1 */
		0xc2002573, /* csrr a0, vl */
		0xb0002573, /* csrr a0, mcycle */
		0xc8102573, /* csrr a0, timeh */
		0x30200073, /* mret */
		0x10500073, /* wfi */
		0x0000000b, /* custom-0 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(insns); i++) {
		for (int is_told = 0; is_told < 2; is_told++) {
			reset(0);
			assert_int_equal(illegal(insns[i], PRV_S, is_told), HANDED_ON);
			assert_int_equal(model.csrs[CSR_SCAUSE], CAUSE_ILLEGAL_INSTRUCTION);
			assert_int_equal(model.csrs[CSR_STVAL], insns[i]);
		}
	}
	/* A counter that the hart does not have. */
	reset(0);
	model.hart.features.counters = (uint32_t)~BIT(4);
	assert_int_equal(illegal(RDHPM4_A0, PRV_S, true), HANDED_ON);
}

static void fence_tso(void **state)
{
	struct trap_frame *frame = reset(0);

	(void)state;
	frame->x[A0] = 5;
	assert_int_equal(illegal(0x8330000f, PRV_U, true), DONE);
	assert_int_equal(illegal(0x8330050f, PRV_S, true), DONE); /* with rd, which is ignored */
	assert_int_equal(frame->x[A0], 5);
	assert_int_equal(illegal(0x9330000f, PRV_S, true), HANDED_ON); /* fm reserved */
}

static void not_to_be_fetched(void **state)
{
	(void)state;
	reset(0);
	model.rights[0] = 0;
	assert_int_equal(illegal(RDTIME_A0, PRV_S, false), HANDED_ON);
	assert_int_equal(model.csrs[CSR_SCAUSE], CAUSE_FETCH_PAGE_FAULT);
	assert_int_equal(model.csrs[CSR_STVAL], MODEL_BASE);
}

/* scounteren says for U-mode, hcounteren for guests, both for VU-mode. */
static void denied(void **state)
{
	static const struct {
		unsigned long mode;
		bool guest, scounteren, hcounteren, exists;
		unsigned long cause; /* 0: it is done */
	} rows[] = {
		{ PRV_S, false, false, false, true, 0 },
		{ PRV_U, false, true, false, true, 0 },
		{ PRV_U, false, false, true, true, CAUSE_ILLEGAL_INSTRUCTION },
		{ PRV_S, true, false, true, true, 0 },
		{ PRV_S, true, true, false, true, CAUSE_VIRTUAL_INSTRUCTION },
		{ PRV_U, true, true, true, true, 0 },
		{ PRV_U, true, false, true, true, CAUSE_VIRTUAL_INSTRUCTION },
		{ PRV_U, true, true, false, true, CAUSE_VIRTUAL_INSTRUCTION },
		/* To a guest, too, what is not there at all is illegal. */
		{ PRV_S, true, true, false, false, CAUSE_ILLEGAL_INSTRUCTION },
	};
	static const struct {
		uint32_t insn;
		unsigned int counter;
	} insns[] = { { RDTIME_A0, 1 }, { RDCYCLE_A0, 0 }, { RDHPM4_A0, 4 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(insns); j++) {
			struct trap_frame *frame = reset(BIT(ISA_H));
			unsigned int counter = insns[j].counter;

			if (!rows[i].exists && counter == 1)
				continue; /* there is always a time */
			frame->mstatus = rows[i].guest ? MSTATUS_MPV : 0;
			model.csrs[CSR_SCOUNTEREN] = rows[i].scounteren ? BIT(counter) : 0;
			model.csrs[CSR_HCOUNTEREN] = rows[i].hcounteren ? BIT(counter) : 0;
			if (!rows[i].exists)
				model.hart.features.counters = (uint32_t)~BIT(counter);
			assert_int_equal(illegal(insns[j].insn, rows[i].mode, true),
					 rows[i].cause ? HANDED_ON : DONE);
			assert_int_equal(model.csrs[CSR_SCAUSE], rows[i].cause);
		}
	}
}

static void time_of_a_guest(void **state)
{
	struct trap_frame *frame = reset(BIT(ISA_H));

	(void)state;
	frame->mstatus = MSTATUS_MPV;
	model.csrs[CSR_HCOUNTEREN] = ALL_COUNTERS;
	model.csrs[CSR_HTIMEDELTA] = (unsigned long)-1000;
	assert_int_equal(illegal(RDTIME_A0, PRV_S, true), DONE);
	assert_int_equal(frame->x[A0], TIME - 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_s_mode),	     cmocka_unit_test(with_interrupts_off),
		cmocka_unit_test(to_hs_mode),	     cmocka_unit_test(from_hs_mode),
		cmocka_unit_test(to_vs_mode),	     cmocka_unit_test(landing_pads),
		cmocka_unit_test(double_trap_of_s),  cmocka_unit_test(double_trap_of_vs),
		cmocka_unit_test(unknown_bits_stay), cmocka_unit_test(counters),
		cmocka_unit_test(no_counters),	     cmocka_unit_test(fence_tso),
		cmocka_unit_test(not_to_be_fetched), cmocka_unit_test(denied),
		cmocka_unit_test(time_of_a_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
