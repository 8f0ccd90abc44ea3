/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory as a lower mode sees it. */
#include "sbi/unpriv.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/guard.h"
#include "sbi/decode.h"
#include "sbi/scratch.h"

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
		access_cause; \
	})

static unsigned long access_mstatus(const struct trap_frame *frame)
{
	return (frame->mstatus | MSTATUS_MPRV) & ~MSTATUS_MDT;
}

/* @offset: how far behind the address that we accessed the first byte is that was wanted. */
static void read_fault(struct trap_frame *frame, unsigned int offset)
{
	struct trap_info *info = &frame->info;

	info->cause = csr_read(CSR_MCAUSE);
	info->tval = csr_read(CSR_MTVAL) + offset;
	if (feature_has(&this_hart()->features, ISA_H)) {
		unsigned long tinst = csr_read(CSR_MTINST);

		/* The instruction is one of ours; only what is said of page tables (even) is true. */
		info->tinst = tinst & 1 ? 0 : tinst;
		info->tval2 = csr_read(CSR_MTVAL2);
		if (info->tval2 && !info->tinst)
			info->tval2 += offset >> 2;
		info->gva = frame->mstatus & MSTATUS_MPV;
	}
}

/* Whole double words: what of them is not wanted lies in the same page. */
static inline bool load(struct trap_frame *frame, unsigned long mode, unsigned long addr,
			unsigned int size, unsigned long *value)
{
	unsigned int offset = addr % 8;
	unsigned long low = 0, high = 0;

	addr -= offset;
	if (access_as(mode, "ld %[value], 0(%[addr])", low, [addr] "r"(addr))) {
		read_fault(frame, offset);
		return false;
	}
	*value = low >> offset * 8;
	if (offset + size <= 8)
		return true;
	if (access_as(mode, "ld %[value], 8(%[addr])", high, [addr] "r"(addr))) {
		read_fault(frame, 0);
		return false;
	}
	*value |= high << (64 - offset * 8);
	return true;
}

bool unpriv_load(struct trap_frame *frame, unsigned long addr, unsigned int size,
		 unsigned long *value)
{
	if (!load(frame, access_mstatus(frame), addr, size, value))
		return false;
	*value = *value << (64 - size * 8) >> (64 - size * 8);
	return true;
}

bool unpriv_store(struct trap_frame *frame, unsigned long addr, unsigned int size,
		  unsigned long value)
{
	unsigned long mode = access_mstatus(frame), end = addr + size;

	/* Byte by byte, so that what is before the first fault is written and nothing else. */
	if (!access_as(mode,
		       "mv t4, %[addr]\n"
		       "0: sb %[value], 0(t4)\n\t"
		       "srli %[value], %[value], 8\n\t"
		       "addi t4, t4, 1\n\t"
		       "bne t4, %[end], 0b",
		       value, [addr] "r"(addr), [end] "r"(end)))
		return true;
	read_fault(frame, 0);
	return false;
}

/* What was a load for us was a fetch for them. */
static void make_fetch_fault(struct trap_info *info)
{
	switch (info->cause) {
	case CAUSE_LOAD_ACCESS:
		info->cause = CAUSE_FETCH_ACCESS;
		break;
	case CAUSE_LOAD_PAGE_FAULT:
		info->cause = CAUSE_FETCH_PAGE_FAULT;
		break;
	case CAUSE_LOAD_GUEST_PAGE_FAULT:
		info->cause = CAUSE_FETCH_GUEST_PAGE_FAULT;
		break;
	}
}

bool unpriv_fetch(struct trap_frame *frame, uint32_t *insn)
{
	unsigned long mode = access_mstatus(frame) | MSTATUS_MXR, addr = frame->mepc;
	unsigned long low, high = 0;
	bool in_one = addr % 8 <= 4;
	bool ok = load(frame, mode, addr, in_one ? 4 : 2, &low);

	/* The second half is fetched only when there is one: it may lie in another page. */
	if (ok && !in_one && insn_length((uint32_t)low) == 4)
		ok = load(frame, mode, addr + 2, 2, &high);
	if (!ok) {
		make_fetch_fault(&frame->info);
		return false;
	}
	if (!in_one)
		low = (low & 0xffff) | high << 16;
	*insn = insn_length((uint32_t)low) == 4 ? (uint32_t)low : (uint32_t)low & 0xffff;
	return true;
}
