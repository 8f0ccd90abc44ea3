/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions that a hart may leave to M-mode: reading the unprivileged counters (Zicntr, Zihpm),
 * and FENCE.TSO.
 */
#include "lib/bits.h"
#include "lib/riscv/counter.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"
#include "sbi/emulate.h"
#include "sbi/timer.h"
#include "sbi/unpriv.h"

#define INSN_FENCE_TSO 0x8330000fU
#define FENCE_TSO_IGNORED \
	0x000f8f80U /* rd and rs1 are reserved: implementations shall ignore them */
#define OPCODE_SYSTEM 0x73
#define FUNCT3_CSRRS 2 /* 2, 3, 6, 7: CSRRS, CSRRC, CSRRSI, CSRRCI */
#define COUNTER_TIME 1
#define COUNTER_COUNT 32

/* True for an instruction that only reads a counter, which is then @counter. */
static bool reads_counter(uint32_t insn, unsigned int *counter)
{
	unsigned int funct3 = insn >> 12 & 7, rs1 = insn >> 15 & 31, csr = insn >> 20;

	*counter = csr - CSR_CYCLE;
	return (insn & 0x7f) == OPCODE_SYSTEM && funct3 & FUNCT3_CSRRS && !rs1 &&
	       csr >= CSR_CYCLE && *counter < COUNTER_COUNT;
}

/*
 * What mode that trapped may see of @counter: 0, or the exception that it gets. mcounteren is open,
 * so scounteren and hcounteren say all.
 */
static unsigned long counter_denied(const struct trap_frame *frame, unsigned int counter,
				    bool from_guest)
{
	bool from_u = !(frame->mstatus & MSTATUS_MPP);

	if (from_guest && !(csr_read(CSR_HCOUNTEREN) >> counter & 1))
		return CAUSE_VIRTUAL_INSTRUCTION;
	if (from_u && !(csr_read(CSR_SCOUNTEREN) >> counter & 1))
		return from_guest ? CAUSE_VIRTUAL_INSTRUCTION : CAUSE_ILLEGAL_INSTRUCTION;
	return 0;
}

static enum emulation read_counter(struct trap_frame *frame, struct trap_info *info, uint32_t insn,
				   unsigned int counter)
{
	bool from_guest = feature_has(&this_hart()->features, ISA_H) &&
			  frame->mstatus & MSTATUS_MPV;
	unsigned long value, denied = counter_denied(frame, counter, from_guest);

	if (denied) {
		info->cause = denied;
		return NOT_EMULATED;
	}
	if (counter == COUNTER_TIME)
		value = timer_now() + (from_guest ? csr_read(CSR_HTIMEDELTA) : 0);
	else if (this_hart()->features.counters >> counter & 1)
		value = counter_read(counter);
	else
		return NOT_EMULATED;
	return emulate_done(frame, insn >> 7 & 31, value, 4);
}

enum emulation emulate_illegal(struct trap_frame *frame, struct trap_info *info)
{
	uint32_t insn = (uint32_t)info->tval;
	unsigned int counter;

	/* tval is the instruction, or 0 on a hart that does not tell. */
	if (!insn) {
		struct trap_info fault = *info;

		if (!unpriv_fetch(frame->mstatus, frame->mepc, &insn, &fault)) {
			*info = fault;
			return NOT_EMULATED;
		}
		info->tval = insn;
	}
	if (reads_counter(insn, &counter))
		return read_counter(frame, info, insn, counter);
	if ((insn & ~FENCE_TSO_IGNORED) == INSN_FENCE_TSO) {
		fence_full();
		return emulate_done(frame, 0, 0, 4);
	}
	return NOT_EMULATED;
}
