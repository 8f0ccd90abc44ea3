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
	struct trap_info *info = &frame->info;

	*info = (struct trap_info){ .cause = cause, .tval = tval };
	if (cause != CAUSE_ILLEGAL_INSTRUCTION && feature_has(&this_hart()->features, ISA_H)) {
		info->tval2 = csr_read(CSR_MTVAL2);
		info->tinst = csr_read(CSR_MTINST);
		info->gva = frame->mstatus & MSTATUS_GVA;
	}
}

/* An exception that may be ours to do. True: it wants all registers. */
static __attribute__((noinline)) bool emulate(struct trap_frame *frame, bool all_registers)
{
	enum emulation result;

	if (frame->info.cause == CAUSE_ILLEGAL_INSTRUCTION)
		result = emulate_illegal(frame, all_registers);
	else
		result = emulate_misaligned(frame, all_registers);
	if (result == NOT_EMULATED)
		trap_redirect(frame);
	return result == NEEDS_ALL_REGISTERS;
}

static inline bool exception(struct trap_frame *frame, unsigned long cause)
{
	unsigned long tval = csr_read(CSR_MTVAL);
	bool may_be_emulated;

	if (cause == CAUSE_ILLEGAL_INSTRUCTION) {
		may_be_emulated = insn_may_be_emulated(tval);
		if (may_be_emulated && emulate_read_time(frame, tval))
			return false;
	} else {
		may_be_emulated = cause == CAUSE_LOAD_MISALIGNED || cause == CAUSE_STORE_MISALIGNED;
	}
	note(frame, cause, tval);
	if (may_be_emulated)
		return emulate(frame, false);
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
	emulate(frame, true);
	check_guard(this_hart());
}
