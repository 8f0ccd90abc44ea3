/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory as a lower mode sees it. */
#include "sbi/unpriv.h"

#include "lib/riscv/csr.h"
#include "sbi/emulate.h"

struct access_result {
	unsigned long value;
	unsigned long cause; /* mcause + 1; 0: none */
};

struct access_result unpriv_load_bytes(unsigned long addr, unsigned long size,
				       unsigned long mstatus);
struct access_result unpriv_store_bytes(unsigned long addr, unsigned long size,
					unsigned long mstatus, unsigned long value);

static void read_fault(struct trap_info *fault, unsigned long mstatus)
{
	fault->cause = csr_read(CSR_MCAUSE);
	fault->tval = csr_read(CSR_MTVAL);
	if (feature_has(&this_hart()->features, ISA_H)) {
		unsigned long tinst = csr_read(CSR_MTINST);

		fault->tval2 = csr_read(CSR_MTVAL2);
		/* The instruction is one of ours; only what is said of page tables (even) is true. */
		fault->tinst = tinst & 1 ? 0 : tinst;
		fault->gva = mstatus & MSTATUS_MPV;
	}
}

static unsigned long access_mstatus(unsigned long mstatus)
{
	return (mstatus | MSTATUS_MPRV) & ~MSTATUS_MDT;
}

bool unpriv_load(unsigned long mstatus, unsigned long addr, unsigned int size, unsigned long *value,
		 struct trap_info *fault)
{
	struct access_result result = unpriv_load_bytes(addr, size, access_mstatus(mstatus));

	*value = result.value;
	if (result.cause)
		read_fault(fault, mstatus);
	return !result.cause;
}

bool unpriv_store(unsigned long mstatus, unsigned long addr, unsigned int size, unsigned long value,
		  struct trap_info *fault)
{
	struct access_result result =
		unpriv_store_bytes(addr, size, access_mstatus(mstatus), value);

	if (result.cause)
		read_fault(fault, mstatus);
	return !result.cause;
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
	unsigned long parcel, rest = 0;
	bool ok = unpriv_load(mstatus | MSTATUS_MXR, addr, 2, &parcel, fault);

	if (ok && insn_length((uint32_t)parcel) == 4)
		ok = unpriv_load(mstatus | MSTATUS_MXR, addr + 2, 2, &rest, fault);
	*insn = (uint32_t)(parcel | rest << 16);
	if (!ok)
		make_fetch_fault(fault);
	return ok;
}
