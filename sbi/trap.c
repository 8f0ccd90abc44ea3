/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do about a trap from a lower mode. */
#include "sbi/trap.h"

#include "lib/riscv/csr.h"
#include "sbi/crash.h"
#include "sbi/emulate.h"
#include "sbi/ipi.h"
#include "sbi/pmu.h"
#include "sbi/timer.h"

void trap_interrupt(unsigned long cause)
{
	switch (cause & ~CAUSE_INTERRUPT) {
	case IRQ_MSI:
	case IRQ_MEI:
		events_serve(events_take());
		break;
	case IRQ_MTI:
		timer_expired();
		break;
	default:
		/* Nobody has enabled it. */
		csr_clear(CSR_MIE, 1UL << (cause & 63));
		break;
	}
}

/* As the hart told it: whatever else goes on may trap, too. */
static inline void read_info(struct trap_info *info, const struct trap_frame *frame,
			     unsigned long cause)
{
	*info = (struct trap_info){ .cause = cause, .tval = csr_read(CSR_MTVAL) };
	if (cause != CAUSE_ILLEGAL_INSTRUCTION && feature_has(&this_hart()->features, ISA_H)) {
		info->tval2 = csr_read(CSR_MTVAL2);
		info->tinst = csr_read(CSR_MTINST);
		info->gva = frame->mstatus & MSTATUS_GVA;
	}
}

bool trap_exception(struct trap_frame *frame, unsigned long cause)
{
	struct trap_info info;

	pmu_count_trap(cause);
	if (cause == CAUSE_LOAD_MISALIGNED || cause == CAUSE_STORE_MISALIGNED)
		return true;
	read_info(&info, frame, cause);
	if (cause == CAUSE_ILLEGAL_INSTRUCTION) {
		switch (emulate_illegal(frame, &info, false)) {
		case EMULATED:
			return false;
		case NEEDS_ALL_REGISTERS:
			return true;
		case NOT_EMULATED:
			break;
		}
	}
	trap_redirect(frame, &info);
	return false;
}

/* The lowest word of the stack is never written unless it overflows. */
static void check_guard(const struct scratch *self)
{
	if (*hart_stack_guard(self) != STACK_GUARD)
		crash("stack overflow");
}

void trap_emulate(struct trap_frame *frame)
{
	enum emulation result;
	struct trap_info info;

	read_info(&info, frame, csr_read(CSR_MCAUSE));
	if (info.cause == CAUSE_ILLEGAL_INSTRUCTION)
		result = emulate_illegal(frame, &info, true);
	else
		result = emulate_misaligned(frame, &info);
	if (result != EMULATED)
		trap_redirect(frame, &info);
	check_guard(this_hart());
}
