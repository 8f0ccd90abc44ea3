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
#include "sbi/decode.h"
#include "sbi/trap_frame.h"

/*
 * Accesses with mstatus set to @mode for them alone; its MPRV tells the trap entry that a fault is
 * no bug. They return 0, or mcause + 1 of the fault, which mtval and its kin then tell of.
 *	access_load()		*@value is the aligned double word at @addr
 *	access_load_pair()	the one behind it, too
 *	access_store()		the lowest @size bytes of @value, up to the first that faults
 */
#ifdef __riscv
/*
 * t1: the fault. Each memory access is 4 bytes long: after a fault the next instruction follows, but
 * accesses have the rights of U-mode from then on (mret from M-mode to M-mode), so must be the last.
 */
#define access_as(mode, body, ...) \
	({ \
		register unsigned long access_fault __asm__("t1") = 0; \
		__asm__ volatile(".option push\n\t" \
				 ".option norvc\n\t" \
				 "csrrw t0, %[mstatus], %[as]\n\t" body "\n\t" \
				 "csrw %[mstatus], t0\n\t" \
				 ".option pop" \
				 : "+r"(access_fault), \
				   __VA_ARGS__, [mstatus] "i"(CSR_MSTATUS), [as] "r"(mode) \
				 : "t0", "memory"); \
		__builtin_expect(access_fault, 0); \
	})

static inline unsigned long access_load(unsigned long mode, unsigned long addr,
					unsigned long *value)
{
	return access_as(mode, "ld %[value], 0(%[addr])", [value] "=&r"(*value) : [addr] "r"(addr));
}

static inline unsigned long access_load_pair(unsigned long mode, unsigned long addr,
					     unsigned long *first, unsigned long *second)
{
	return access_as(mode,
			 "ld %[first], 0(%[addr])\n\t"
			 "bnez t1, 1f\n\t"
			 "ld %[second], 8(%[addr])\n"
			 "1:",
			 [first] "=&r"(*first), [second] "=&r"(*second)
			 : [addr] "r"(addr));
}

static inline unsigned long access_store(unsigned long mode, unsigned long addr, unsigned int size,
					 unsigned long value)
{
	unsigned long end = addr + size;

	return access_as(mode,
			 "1: sb %[value], 0(%[addr])\n\t"
			 "bnez t1, 2f\n\t"
			 "srli %[value], %[value], 8\n\t"
			 "addi %[addr], %[addr], 1\n\t"
			 "bne %[addr], %[end], 1b\n"
			 "2:",
			 [value] "+r"(value), [addr] "+r"(addr)
			 : [end] "r"(end));
}
#else /* a unit test's */
unsigned long access_load(unsigned long mode, unsigned long addr, unsigned long *value);
unsigned long access_load_pair(unsigned long mode, unsigned long addr, unsigned long *first,
			       unsigned long *second);
unsigned long access_store(unsigned long mode, unsigned long addr, unsigned int size,
			   unsigned long value);
#endif

static inline unsigned long access_mstatus(const struct trap_frame *frame)
{
	return frame->mstatus | MSTATUS_MPRV;
}

/*
 * Notes the fault that an access took. @offset: how far behind the address that was accessed the
 * first byte is that was wanted.
 */
void unpriv_fault(struct trap_frame *frame, unsigned int offset);
void unpriv_fetch_fault(struct trap_frame *frame, unsigned int offset);

/* The fault of access_load_pair(@first), where @offset bytes of the first were not wanted. */
void unpriv_pair_fault(struct trap_frame *frame, unsigned long first, unsigned int offset);

/* @size bytes from byte @offset (0 to 7) of two double words on. */
static inline unsigned long bytes_of_pair(unsigned long first, unsigned long second,
					  unsigned int offset, unsigned int size)
{
	unsigned int unwanted = 64 - size * 8;

	/* In two steps: a shift by 64 is none. */
	first = first >> offset * 8 | second << 1 << (63 - offset * 8);
	return first << unwanted >> unwanted;
}

/* 1 to 8 bytes, lowest first; false: it faults. */
bool unpriv_load(struct trap_frame *frame, unsigned long addr, unsigned int size,
		 unsigned long *value);
bool unpriv_store(struct trap_frame *frame, unsigned long addr, unsigned int size,
		  unsigned long value);

/* The instruction at frame->mepc, one of 16 bits zero-extended; false: it faults. */
static inline bool unpriv_fetch(struct trap_frame *frame, uint32_t *insn)
{
	unsigned long mode = access_mstatus(frame) | MSTATUS_MXR, first = frame->mepc & ~7UL;
	unsigned long low = 0, high = 0;
	unsigned int offset = frame->mepc & 7;

	if (access_load(mode, first, &low)) {
		unpriv_fetch_fault(frame, offset);
		return false;
	}
	*insn = (uint32_t)(low >> offset * 8);
	if (insn_length(*insn) == 2) {
		*insn &= 0xffff;
	} else if (offset == 6) {
		/* Not before it is known that there is a second half: it may lie in another page. */
		if (access_load(mode, first + 8, &high)) {
			unpriv_fetch_fault(frame, 0);
			return false;
		}
		*insn = (*insn & 0xffff) | (uint32_t)high << 16;
	}
	return true;
}
