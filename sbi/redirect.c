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

	status = (status & ~(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP)) | spie | spp;
	/* These bits were others before there was a standard: the state of vectors on early cores. */
	if (isa_has(isa, ISA_ZICFILP))
		status = (status & ~MSTATUS_SPELP) |
			 (frame->mstatus & MSTATUS_MPELP ? MSTATUS_SPELP : 0);
	if (isa_has(isa, ISA_SSDBLTRP))
		status |= MSTATUS_SDT;
	return status;
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

/* The mode that the trap is for was not ready for one (Ssdbltrp): the one above gets another trap. */
static void note_double_trap(struct trap_info *info)
{
	if (info->cause == CAUSE_DOUBLE_TRAP)
		return;
	info->tval2 = info->cause;
	info->tinst = 0;
	info->cause = CAUSE_DOUBLE_TRAP;
}

/* If S-mode cannot be told by a software event, it learns in this way what happened. */
static __attribute__((noinline)) bool double_trap(struct trap_frame *frame, struct isa isa)
{
	if (!sse_double_trap(frame)) {
		note_double_trap(&frame->info);
		redirect_to_s(frame, isa);
	}
	return false;
}

static __attribute__((noinline)) bool redirect_from_s(struct trap_frame *frame, struct isa isa)
{
	if (frame->mstatus & MSTATUS_SDT && isa_has(isa, ISA_SSDBLTRP))
		return double_trap(frame, isa);
	redirect_to_s(frame, isa);
	return false;
}

/* The context is in VS- or VU-mode, and stays in the guest. */
static __attribute__((noinline)) bool redirect_to_vs(struct trap_frame *frame, struct isa isa)
{
	unsigned long vsstatus = csr_read(CSR_VSSTATUS);

	if (vsstatus & MSTATUS_SDT && isa_has(isa, ISA_SSDBLTRP)) {
		note_double_trap(&frame->info);
		return redirect_from_s(frame, isa);
	}
	csr_write(CSR_VSSTATUS, status_after(vsstatus, frame, isa));
	csr_write(CSR_VSEPC, frame->mepc);
	csr_write(CSR_VSCAUSE, frame->info.cause);
	csr_write(CSR_VSTVAL, frame->info.tval);
	frame->mstatus = in_s_mode(frame->mstatus);
	frame->mepc = csr_read(CSR_VSTVEC) & TVEC_BASE;
	return false;
}

/* The usual way has no calls, and no registers to save. */
bool trap_redirect(struct trap_frame *frame)
{
	struct isa isa = this_hart()->features.isa;

	if (isa_has(isa, ISA_H) && frame->mstatus & MSTATUS_MPV &&
	    csr_read(CSR_HEDELEG) >> frame->info.cause & 1)
		return redirect_to_vs(frame, isa);
	if (frame->mstatus & MSTATUS_SDT)
		return redirect_from_s(frame, isa);
	redirect_to_s(frame, isa);
	return false;
}

bool trap_redirect_current(struct trap_frame *frame)
{
	frame->info = (struct trap_info){
		.cause = csr_read(CSR_MCAUSE),
		.tval = csr_read(CSR_MTVAL),
	};
	if (feature_has(&this_hart()->features, ISA_H)) {
		frame->info.tval2 = csr_read(CSR_MTVAL2);
		frame->info.tinst = csr_read(CSR_MTINST);
		frame->info.gva = frame->mstatus & MSTATUS_GVA;
	}
	return trap_redirect(frame);
}
