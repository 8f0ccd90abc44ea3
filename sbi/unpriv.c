/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses as a lower mode, and their faults. */
#include "sbi/unpriv.h"

#include "sbi/scratch.h"

void unpriv_fault(struct trap_frame *frame, unsigned int offset)
{
	struct trap_info *info = &frame->info;

	*info = (struct trap_info){
		.cause = csr_read(CSR_MCAUSE),
		.tval = csr_read(CSR_MTVAL) + offset,
	};
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

void unpriv_pair_fault(struct trap_frame *frame, unsigned long first, unsigned int offset)
{
	/* The address may come back without the bits that pointer masking ignores. */
	unpriv_fault(frame, (csr_read(CSR_MTVAL) ^ first) & 8 ? 0 : offset);
}

bool unpriv_load(struct trap_frame *frame, unsigned long addr, unsigned int size,
		 unsigned long *value)
{
	unsigned long mode = access_mstatus(frame), first = addr & ~7UL, low = 0, high = 0, fault;
	unsigned int offset = addr & 7;

	if (offset + size <= 8)
		fault = access_load(mode, first, &low);
	else
		fault = access_load_pair(mode, first, &low, &high);
	if (fault) {
		unpriv_pair_fault(frame, first, offset);
		return false;
	}
	*value = bytes_of_pair(low, high, offset, size);
	return true;
}

bool unpriv_store(struct trap_frame *frame, unsigned long addr, unsigned int size,
		  unsigned long value)
{
	if (!access_store(access_mstatus(frame), addr, size, value))
		return true;
	unpriv_fault(frame, 0);
	return false;
}
