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

static inline bool illegal_instruction(struct trap_frame *frame)
{
	unsigned long insn = csr_read(CSR_MTVAL);
	bool may_be_ours = insn_may_be_emulated(insn);

	if (may_be_ours && emulate_read_time(frame, insn))
		return false;
	note(frame, CAUSE_ILLEGAL_INSTRUCTION, insn);
	if (may_be_ours)
		return emulate_illegal(frame, false);
	return trap_redirect(frame);
}

static inline bool exception(struct trap_frame *frame, unsigned long cause)
{
	if (cause == CAUSE_ILLEGAL_INSTRUCTION)
		return illegal_instruction(frame);
	if (cause == CAUSE_LOAD_MISALIGNED || cause == CAUSE_STORE_MISALIGNED)
		return emulate_misaligned(frame, false);
	return trap_redirect_current(frame);
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
	if (csr_read(CSR_MCAUSE) == CAUSE_ILLEGAL_INSTRUCTION)
		emulate_illegal(frame, true);
	else
		emulate_misaligned(frame, true);
	check_guard(this_hart());
}
