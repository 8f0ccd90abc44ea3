/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory as a lower mode sees it. */
#include "sbi/unpriv.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/emulate.h"

struct access_result {
	unsigned long value;
	unsigned long cause; /* mcause + 1; 0: none */
};

struct access_result unpriv_load_double(unsigned long addr, unsigned long size,
					unsigned long mstatus);
struct access_result unpriv_load_word(unsigned long addr, unsigned long size,
				      unsigned long mstatus);
struct access_result unpriv_load_half(unsigned long addr, unsigned long size,
				      unsigned long mstatus);
struct access_result unpriv_store_bytes(unsigned long addr, unsigned long size,
					unsigned long mstatus, unsigned long value);

static unsigned long access_mstatus(unsigned long mstatus)
{
	return (mstatus | MSTATUS_MPRV) & ~MSTATUS_MDT;
}

/* @offset: how far behind the address that we accessed the first byte is that was wanted. */
static void read_fault(struct trap_info *fault, unsigned long mstatus, unsigned int offset)
{
	fault->cause = csr_read(CSR_MCAUSE);
	fault->tval = csr_read(CSR_MTVAL) + offset;
	if (feature_has(&this_hart()->features, ISA_H)) {
		unsigned long tinst = csr_read(CSR_MTINST);

		/* The instruction is one of ours; only what is said of page tables (even) is true. */
		fault->tinst = tinst & 1 ? 0 : tinst;
		fault->tval2 = csr_read(CSR_MTVAL2);
		if (fault->tval2 && !fault->tinst)
			fault->tval2 += offset >> 2;
		fault->gva = mstatus & MSTATUS_MPV;
	}
}

/* Whole double words: what of them is not wanted lies in the same page. */
bool unpriv_load(unsigned long mstatus, unsigned long addr, unsigned int size, unsigned long *value,
		 struct trap_info *fault)
{
	unsigned int offset = addr % 8;
	struct access_result low, high;

	mstatus = access_mstatus(mstatus);
	low = unpriv_load_double(addr - offset, 8, mstatus);
	if (low.cause) {
		read_fault(fault, mstatus, offset);
		return false;
	}
	*value = low.value >> offset * 8;
	if (offset + size > 8) {
		high = unpriv_load_double(addr - offset + 8, 8, mstatus);
		if (high.cause) {
			read_fault(fault, mstatus, 0);
			return false;
		}
		*value |= high.value << (64 - offset * 8);
	}
	if (size < 8)
		*value &= BIT(size * 8) - 1;
	return true;
}

bool unpriv_store(unsigned long mstatus, unsigned long addr, unsigned int size,
		  unsigned long value, struct trap_info *fault)
{
	if (!unpriv_store_bytes(addr, size, access_mstatus(mstatus), value).cause)
		return true;
	read_fault(fault, mstatus, 0);
	return false;
}

/* What was a load for us was a fetch for them. */
static void make_fetch_fault(struct trap_info *fault)
{
	switch (fault->cause) {
	case CAUSE_LOAD_ACCESS:
		fault->cause = CAUSE_FETCH_ACCESS;
		break;
	case CAUSE_LOAD_PAGE_FAULT:
		fault->cause = CAUSE_FETCH_PAGE_FAULT;
		break;
	case CAUSE_LOAD_GUEST_PAGE_FAULT:
		fault->cause = CAUSE_FETCH_GUEST_PAGE_FAULT;
		break;
	}
}

bool unpriv_fetch(unsigned long mstatus, unsigned long addr, uint32_t *insn,
		  struct trap_info *fault)
{
	struct access_result parcel;

	mstatus = access_mstatus(mstatus) | MSTATUS_MXR;
	if (addr % 4 == 0) {
		parcel = unpriv_load_word(addr, 4, mstatus);
		*insn = (uint32_t)parcel.value;
	} else {
		parcel = unpriv_load_half(addr, 2, mstatus);
		*insn = (uint32_t)parcel.value;
		if (!parcel.cause && insn_length(*insn) == 4) {
			parcel = unpriv_load_half(addr + 2, 2, mstatus);
			*insn |= (uint32_t)parcel.value << 16;
		}
	}
	if (insn_length(*insn) == 2)
		*insn &= 0xffff;
	if (!parcel.cause)
		return true;
	read_fault(fault, mstatus, 0);
	make_fetch_fault(fault);
	return false;
}
