/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handing a trap to the mode that it is for (privileged ISA, "Trap entry"), as if the hart had
 * delegated it: the frame then says that the trap was taken there.
 */
#include "lib/riscv/csr.h"
#include "sbi/sse.h"
#include "sbi/trap.h"

#define TVEC_BASE (~3UL) /* exceptions go to the base also in vectored mode */

static inline unsigned long mode_of(const struct trap_frame *frame)
{
	return (frame->mstatus & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT;
}

/* sstatus or vsstatus when the trap is taken. */
static inline __attribute__((always_inline)) unsigned long
status_after(unsigned long status, const struct trap_frame *frame, struct isa isa)
{
	unsigned long spie = status & MSTATUS_SIE ? MSTATUS_SPIE : 0;
	unsigned long spp = mode_of(frame) == PRV_U ? 0 : MSTATUS_SPP;
	unsigned long spelp = frame->mstatus & MSTATUS_MPELP ? MSTATUS_SPELP : 0;
	unsigned long sdt = isa_has(isa, ISA_SSDBLTRP) ? MSTATUS_SDT : 0;

	status &= ~(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_SPELP);
	return status | spie | spp | spelp | sdt;
}

/* S-mode comes next; VS-mode where MPV says so. */
static inline unsigned long in_s_mode(unsigned long mstatus)
{
	return (mstatus & ~(MSTATUS_MPP | MSTATUS_MPELP)) | PRV_S << MSTATUS_MPP_SHIFT;
}

static inline void note_in_hstatus(const struct trap_frame *frame)
{
	unsigned long hstatus = csr_read(CSR_HSTATUS) & ~(HSTATUS_SPV | HSTATUS_GVA);

	if (frame->mstatus & MSTATUS_MPV) {
		hstatus = (hstatus & ~HSTATUS_SPVP) | HSTATUS_SPV |
			  (mode_of(frame) == PRV_U ? 0 : HSTATUS_SPVP);
	}
	csr_write(CSR_HSTATUS, hstatus | (frame->info.gva ? HSTATUS_GVA : 0));
	csr_write(CSR_HTVAL, frame->info.tval2);
	csr_write(CSR_HTINST, frame->info.tinst);
}

static inline __attribute__((always_inline)) void redirect_to_s(struct trap_frame *frame,
								struct isa isa)
{
	unsigned long status;

	if (isa_has(isa, ISA_H))
		note_in_hstatus(frame);
	status = status_after(frame->mstatus, frame, isa);
	frame->mstatus = in_s_mode(status) & ~MSTATUS_MPV;
	csr_write(CSR_SEPC, frame->mepc);
	csr_write(CSR_SCAUSE, frame->info.cause);
	csr_write(CSR_STVAL, frame->info.tval);
	frame->mepc = csr_read(CSR_STVEC) & TVEC_BASE;
}

/* The mode that the trap is for was not ready for one (Ssdbltrp): S-mode gets another trap. */
static void double_trap_to_s(struct trap_frame *frame)
{
	struct trap_info *info = &frame->info;

	if (info->cause != CAUSE_DOUBLE_TRAP) {
		info->tval2 = info->cause;
		info->tinst = 0;
		info->cause = CAUSE_DOUBLE_TRAP;
	}
	redirect_to_s(frame, this_hart()->features.isa);
}

/* If S-mode cannot be told by a software event, it learns in this way what happened. */
static __attribute__((noinline)) void double_trap(struct trap_frame *frame)
{
	if (!sse_double_trap(frame))
		double_trap_to_s(frame);
}

/* The context is in VS- or VU-mode, and stays in the guest. */
static __attribute__((noinline)) void redirect_to_vs(struct trap_frame *frame)
{
	unsigned long vsstatus = csr_read(CSR_VSSTATUS);

	if (vsstatus & MSTATUS_SDT) {
		double_trap_to_s(frame);
		return;
	}
	csr_write(CSR_VSSTATUS, status_after(vsstatus, frame, this_hart()->features.isa));
	csr_write(CSR_VSEPC, frame->mepc);
	csr_write(CSR_VSCAUSE, frame->info.cause);
	csr_write(CSR_VSTVAL, frame->info.tval);
	frame->mstatus = in_s_mode(frame->mstatus);
	frame->mepc = csr_read(CSR_VSTVEC) & TVEC_BASE;
}

/* The usual way has no calls, and no registers to save. */
void trap_redirect(struct trap_frame *frame)
{
	struct isa isa = this_hart()->features.isa;

	if (isa_has(isa, ISA_H) && frame->mstatus & MSTATUS_MPV &&
	    csr_read(CSR_HEDELEG) >> frame->info.cause & 1)
		redirect_to_vs(frame);
	else if (frame->mstatus & MSTATUS_SDT)
		double_trap(frame);
	else
		redirect_to_s(frame, isa);
}
