/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do about a trap from a lower mode. */
#include "sbi/trap.h"

#include "lib/bits.h"
#include "lib/riscv/csr.h"
#include "sbi/crash.h"
#include "sbi/emulate.h"
#include "sbi/ipi.h"
#include "sbi/pmu.h"
#include "sbi/sse.h"
#include "sbi/timer.h"

void trap_interrupt(unsigned long cause)
{
	if ((cause & 7) == IRQ_MSI) /* or IRQ_MEI, from an IMSIC */
		events_serve(events_take());
	else if ((cause & 63) == IRQ_MTI)
		timer_expired();
	else if ((cause & 63) == IRQ_LCOFI)
		sse_counter_overflow();
	else
		csr_clear(CSR_MIE, BIT(cause & 63)); /* nobody has enabled it */
}

/* As the hart told it: whatever else goes on may trap, too. */
static inline void note(struct trap_frame *frame, unsigned long cause, unsigned long tval)
{
	frame->info = (struct trap_info){ .cause = cause, .tval = tval };
}

/* What goes with an address. */
static inline void note_guest(struct trap_frame *frame)
{
	if (!feature_has(&this_hart()->features, ISA_H))
		return;
	frame->info.tval2 = csr_read(CSR_MTVAL2);
	frame->info.tinst = csr_read(CSR_MTINST);
	frame->info.gva = frame->mstatus & MSTATUS_GVA;
}

static inline bool exception(struct trap_frame *frame, unsigned long cause)
{
	unsigned long tval = csr_read(CSR_MTVAL);

	if (cause == CAUSE_ILLEGAL_INSTRUCTION) {
		bool may_be_ours = insn_may_be_emulated(tval);

		if (may_be_ours && emulate_read_time(frame, tval))
			return false;
		note(frame, cause, tval);
		if (may_be_ours)
			return emulate_illegal(frame, false);
	} else {
		note(frame, cause, tval);
		note_guest(frame);
		if (cause == CAUSE_LOAD_MISALIGNED || cause == CAUSE_STORE_MISALIGNED)
			return emulate_misaligned(frame, false);
	}
	trap_redirect(frame);
	return false;
}

static __attribute__((noinline)) bool counted_exception(struct trap_frame *frame,
							unsigned long cause)
{
	pmu_count_trap_now(cause);
	return exception(frame, cause);
}

/* Without calls on its way, so that the common case has no registers to save. */
bool trap_exception(struct trap_frame *frame, unsigned long cause)
{
	if (pmu_counts_traps())
		return counted_exception(frame, cause);
	return exception(frame, cause);
}

/* The lowest word of the stack is never written unless it overflows. */
static void check_guard(const struct scratch *self)
{
	if (*hart_stack_guard(self) != STACK_GUARD)
		crash("stack overflow");
}

void trap_emulate(struct trap_frame *frame)
{
	if (frame->info.cause == CAUSE_ILLEGAL_INSTRUCTION)
		emulate_illegal(frame, true);
	else
		emulate_misaligned(frame, true);
	check_guard(this_hart());
}
