/* SPDX-License-Identifier: BSD-2-Clause */
/* Stores as a lower mode, and the faults of its accesses. */
#include "sbi/unpriv.h"

#include "sbi/scratch.h"

void unpriv_fault(struct trap_frame *frame, unsigned int offset)
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

/* What was a load for us was a fetch for them. */
void unpriv_fetch_fault(struct trap_frame *frame, unsigned int offset)
{
	struct trap_info *info = &frame->info;

	unpriv_fault(frame, offset);
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
	unpriv_fault(frame, 0);
	return false;
}
