/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doing for a lower mode what the hart does not do: reading counters, misaligned accesses. The
 * decoding is pure code; what touches memory does so with the rights of who trapped (unpriv.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/riscv/csr.h"
#include "sbi/decode.h"
#include "sbi/timer.h"
#include "sbi/trap_frame.h"

/* s0 to s11 and gp: what C preserves. */
#define PRESERVED_REGISTERS 0x0ffc0308UL

/*
 * An illegal instruction, or a misaligned load or store: done, or handed on when it is nothing to
 * emulate or faults itself. True: nothing is done yet, because the frame lacks a register that C
 * preserves; come again with @all_registers. A misaligned access is what the CSRs say, of an illegal
 * instruction frame->info has been noted.
 */
bool emulate_illegal(struct trap_frame *frame, bool all_registers);
bool emulate_misaligned(struct trap_frame *frame, bool all_registers);

enum emulated {
	EMULATED,
	EMULATED_FAULT, /* memory faulted: frame->info says how */
	EMULATED_NOT,	/* nothing that is emulated: the trap is the context's */
	/* The registers are Off, so this is no longer the instruction that trapped. */
	EMULATED_ILLEGAL,
};

/* A vector load or store, with all registers; steps over nothing. */
enum emulated emulate_vector(struct trap_frame *frame, uint32_t insn);

/* The context has its F, D or V registers (@status: MSTATUS_FS or MSTATUS_VS); a guest needs both. */
static inline bool emulate_is_on(const struct trap_frame *frame, unsigned long status)
{
	return frame->mstatus & status &&
	       (!(frame->mstatus & MSTATUS_MPV) || csr_read(CSR_VSSTATUS) & status);
}

/* Those registers were written. */
static inline void emulate_dirty(struct trap_frame *frame, unsigned long status)
{
	frame->mstatus |= status;
	if (frame->mstatus & MSTATUS_MPV)
		csr_set(CSR_VSSTATUS, status);
}

/* The frame lacks register @n. */
static inline bool is_missing(unsigned int n, bool all_registers)
{
	return PRESERVED_REGISTERS >> n & 1 && !all_registers;
}

/* Most illegal instructions are just that: only those of SYSTEM and MISC-MEM may be more (0: untold). */
static inline bool insn_may_be_emulated(unsigned long insn)
{
	return !insn || (insn & 0x7f) == 0x73 || (insn & 0x7f) == 0x0f;
}

#define COUNTER_TIME 1
#define COUNTER_BIT_TIME (1UL << COUNTER_TIME)

#define INSN_READ_TIME 0xc0102073UL /* rdtime x0 */
#define INSN_RD_MASK (31UL << 7)

/* Writes x[@rd] and steps over an instruction of @length bytes. */
static inline void emulate_done(struct trap_frame *frame, unsigned int rd, unsigned long value,
				unsigned int length)
{
	if (rd)
		frame->x[rd] = value;
	frame->mepc += length;
}

/*
 * Who reads the time on a hart without the CSR does so all the time, so that goes first and without
 * calls, when S-mode or one of its processes reads it to a register at hand. emulate_illegal() does
 * the others.
 */
static inline bool emulate_read_time(struct trap_frame *frame, unsigned long insn)
{
	unsigned long mode = frame->mstatus & (MSTATUS_MPV | MSTATUS_MPP);

	if ((insn & ~INSN_RD_MASK) != INSN_READ_TIME || is_missing(RD(insn), false))
		return false;
	if (mode != PRV_S << MSTATUS_MPP_SHIFT &&
	    (mode != PRV_U || !(csr_read(CSR_SCOUNTEREN) & COUNTER_BIT_TIME)))
		return false;
	emulate_done(frame, RD(insn), timer_now(), 4);
	return true;
}
