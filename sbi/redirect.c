/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handing a trap to the mode that it is for (privileged ISA, "Trap entry"), as if the hart had
 * delegated it: the frame then says that the trap was taken there.
 */
#include "lib/riscv/csr.h"
#include "sbi/trap.h"

#define TVEC_BASE (~3UL) /* exceptions go to the base also in vectored mode */

/* sstatus or vsstatus when a trap from @mode is taken. */
static unsigned long status_after(unsigned long status, unsigned long mode, bool elp)
{
	unsigned long spie = status & MSTATUS_SIE ? MSTATUS_SPIE : 0;
	unsigned long spp = mode == PRV_U ? 0 : MSTATUS_SPP;

	status &= ~(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SPELP);
	return status | spie | spp | (elp ? MSTATUS_SPELP : 0);
}

/* The context is in VS- or VU-mode, and stays in the guest. */
static void redirect_to_vs(struct trap_frame *frame, const struct trap_info *info,
			   unsigned long mode, bool elp)
{
	csr_write(CSR_VSSTATUS, status_after(csr_read(CSR_VSSTATUS), mode, elp));
	csr_write(CSR_VSEPC, frame->mepc);
	csr_write(CSR_VSCAUSE, info->cause);
	csr_write(CSR_VSTVAL, info->tval);
	frame->mepc = csr_read(CSR_VSTVEC) & TVEC_BASE;
}

static void note_in_hstatus(const struct trap_info *info, unsigned long mode, bool from_guest)
{
	unsigned long hstatus = csr_read(CSR_HSTATUS) & ~(HSTATUS_SPV | HSTATUS_GVA);

	if (from_guest) {
		hstatus = (hstatus & ~HSTATUS_SPVP) | HSTATUS_SPV |
			  (mode == PRV_U ? 0 : HSTATUS_SPVP);
	}
	csr_write(CSR_HSTATUS, hstatus | (info->gva ? HSTATUS_GVA : 0));
	csr_write(CSR_HTVAL, info->tval2);
	csr_write(CSR_HTINST, info->tinst);
}

void trap_redirect(struct trap_frame *frame, const struct trap_info *info)
{
	unsigned long mode = (frame->mstatus & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT;
	bool elp = frame->mstatus & MSTATUS_MPELP;

	frame->mstatus = (frame->mstatus & ~(MSTATUS_MPP | MSTATUS_MPELP)) |
			 PRV_S << MSTATUS_MPP_SHIFT;
	if (feature_has(&this_hart()->features, ISA_H)) {
		bool from_guest = frame->mstatus & MSTATUS_MPV;

		if (from_guest && csr_read(CSR_HEDELEG) >> info->cause & 1) {
			redirect_to_vs(frame, info, mode, elp);
			return;
		}
		note_in_hstatus(info, mode, from_guest);
		frame->mstatus &= ~MSTATUS_MPV;
	}
	frame->mstatus = status_after(frame->mstatus, mode, elp);
	csr_write(CSR_SEPC, frame->mepc);
	csr_write(CSR_SCAUSE, info->cause);
	csr_write(CSR_STVAL, info->tval);
	frame->mepc = csr_read(CSR_STVEC) & TVEC_BASE;
}
