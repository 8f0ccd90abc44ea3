/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that a hart may leave to M-mode: reading the unprivileged counters (Zicntr, Zihpm),
 * and FENCE.TSO.
 */
#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"
#include "sbi/emulate.h"
#include "sbi/pmu.h"
#include "sbi/timer.h"
#include "sbi/trap.h"
#include "sbi/unpriv.h"

#define OPCODE_SYSTEM 0x73
#define FUNCT3_CSRRS 2 /* the bit that CSRRS, CSRRC, CSRRSI and CSRRCI have */
#define CSR(insn) ((insn) >> 20)

#define INSN_FENCE_TSO 0x8330000fU
#define FENCE_TSO_IGNORED 0x000f8f80U /* rd and rs1, which are for later extensions */

#define COUNTER_COUNT 32U

/* The unprivileged counter that @insn reads and nothing else; COUNTER_COUNT: it does not. */
static unsigned int counter_read_by(uint32_t insn)
{
	unsigned int counter = CSR(insn) - CSR_CYCLE;

	if (OPCODE(insn) != OPCODE_SYSTEM || !(FUNCT3(insn) & FUNCT3_CSRRS) || RS1(insn))
		return COUNTER_COUNT;
	return MIN(counter, COUNTER_COUNT);
}

/*
 * Which exception the context gets for a @counter that there is; 0: it may read it. mcounteren is
 * open, so it is scounteren and hcounteren that say.
 */
static unsigned long counter_denied(unsigned long mstatus, unsigned int counter, bool from_guest)
{
	if (from_guest && !(csr_read(CSR_HCOUNTEREN) >> counter & 1))
		return CAUSE_VIRTUAL_INSTRUCTION;
	if (!(mstatus & MSTATUS_MPP) && !(csr_read(CSR_SCOUNTEREN) >> counter & 1))
		return from_guest ? CAUSE_VIRTUAL_INSTRUCTION : CAUSE_ILLEGAL_INSTRUCTION;
	return 0;
}

/* False: it is not done, and frame->info says what the context gets for it. */
static bool read_counter(struct trap_frame *frame, unsigned int rd, unsigned int counter)
{
	bool from_guest = frame->mstatus & MSTATUS_MPV; /* 0 without H */
	unsigned long denied, value;

	if (counter != COUNTER_TIME && !(this_hart()->features.counters >> counter & 1))
		return false;
	denied = counter_denied(frame->mstatus, counter, from_guest);
	if (denied) {
		frame->info.cause = denied;
		return false;
	}
	if (counter == COUNTER_TIME)
		value = timer_now() + (from_guest ? csr_read(CSR_HTIMEDELTA) : 0);
	else
		value = pmu_read(counter);
	emulate_done(frame, rd, value, 4);
	return true;
}

/* A hart need not tell the instruction. */
static bool learn_instruction(struct trap_frame *frame)
{
	uint32_t insn;

	if (frame->info.tval)
		return true;
	if (!unpriv_fetch(frame, &insn))
		return false;
	frame->info.tval = insn;
	return true;
}

bool emulate_illegal(struct trap_frame *frame, bool all_registers)
{
	if (learn_instruction(frame)) {
		uint32_t insn = (uint32_t)frame->info.tval;
		unsigned int counter = counter_read_by(insn);

		if (counter < COUNTER_COUNT) {
			if (is_missing(RD(insn), all_registers))
				return true;
			if (read_counter(frame, RD(insn), counter))
				return false;
		} else if ((insn & ~FENCE_TSO_IGNORED) == INSN_FENCE_TSO) {
			fence_full();
			emulate_done(frame, 0, 0, 4);
			return false;
		}
	}
	return trap_redirect(frame);
}
