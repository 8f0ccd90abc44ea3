/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory as the context in @frame sees it: through its translation, with its rights (MPRV, MPV, as
 * frame->mstatus says). When an access faults, frame->info says what the context's own would.
 * Loads are of whole double words: what of them is not wanted lies in the same page.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/riscv/csr.h"
#include "lib/riscv/guard.h"
#include "sbi/decode.h"
#include "sbi/trap_frame.h"

/*
 * Runs @access, which may use %[value], with mstatus set to @mode for it alone. Yields mcause + 1, or
 * 0 when there was no fault. See guard_run().
 */
#define access_as(mode, access, variable, ...) \
	({ \
		register unsigned long access_cause __asm__("t1") = 0; \
		__asm__ volatile("lla t2, 1f\n\t" \
				 "csrrw t0, %[mtvec], %[vector]\n\t" \
				 "csrrw t3, %[mstatus], %[as]\n\t" access "\n" \
				 "1:	csrw %[mstatus], t3\n\t" \
				 "csrw %[mtvec], t0" \
				 : [value] "+r"(variable), "+r"(access_cause) \
				 : [mtvec] "i"(CSR_MTVEC), [vector] "r"(guard_vector), \
				   [mstatus] "i"(CSR_MSTATUS), [as] "r"(mode), ##__VA_ARGS__ \
				 : "t0", "t2", "t3", "t4", "memory"); \
		__builtin_expect(access_cause, 0); \
	})

static inline unsigned long access_mstatus(const struct trap_frame *frame)
{
	return (frame->mstatus | MSTATUS_MPRV) & ~MSTATUS_MDT;
}

/*
 * Notes the fault that an access took. @offset: how far behind the address that was accessed the
 * first byte is that was wanted.
 */
void unpriv_fault(struct trap_frame *frame, unsigned int offset);
void unpriv_fetch_fault(struct trap_frame *frame, unsigned int offset);

/* 1 to 8 bytes, lowest first; false: it faults. */
static inline bool unpriv_load(struct trap_frame *frame, unsigned long addr, unsigned int size,
			       unsigned long *value)
{
	unsigned long mode = access_mstatus(frame), first = addr & ~7UL;
	unsigned long low = 0, high = 0;
	unsigned int offset = addr & 7, unwanted = 64 - size * 8;

	if (access_as(mode, "ld %[value], 0(%[addr])", low, [addr] "r"(first))) {
		unpriv_fault(frame, offset);
		return false;
	}
	low >>= offset * 8;
	if (offset + size > 8) {
		if (access_as(mode, "ld %[value], 8(%[addr])", high, [addr] "r"(first))) {
			unpriv_fault(frame, 0);
			return false;
		}
		low |= high << (64 - offset * 8);
	}
	*value = low << unwanted >> unwanted;
	return true;
}

bool unpriv_store(struct trap_frame *frame, unsigned long addr, unsigned int size,
		  unsigned long value);

/* The instruction at frame->mepc, one of 16 bits zero-extended; false: it faults. */
static inline bool unpriv_fetch(struct trap_frame *frame, uint32_t *insn)
{
	unsigned long mode = access_mstatus(frame) | MSTATUS_MXR, first = frame->mepc & ~7UL;
	unsigned long low = 0, high = 0;
	unsigned int offset = frame->mepc & 7;

	if (access_as(mode, "ld %[value], 0(%[addr])", low, [addr] "r"(first))) {
		unpriv_fetch_fault(frame, offset);
		return false;
	}
	*insn = (uint32_t)(low >> offset * 8);
	if (insn_length(*insn) == 2) {
		*insn &= 0xffff;
	} else if (offset == 6) {
		/* Not before it is known that there is a second half: it may lie in another page. */
		if (access_as(mode, "ld %[value], 8(%[addr])", high, [addr] "r"(first))) {
			unpriv_fetch_fault(frame, 0);
			return false;
		}
		*insn |= (uint32_t)high << 16;
	}
	return true;
}
