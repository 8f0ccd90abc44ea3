/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do about a trap from a lower mode. */
#include "sbi/trap.h"

#include "lib/riscv/csr.h"
#include "sbi/crash.h"
#include "sbi/emulate.h"
#include "sbi/ipi.h"
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

/* Exceptions whose frame says more than a page of the CSRs is left to say. */
static void read_info(struct trap_info *info, const struct trap_frame *frame, unsigned long cause)
{
	bool has_h = feature_has(&this_hart()->features, ISA_H);

	*info = (struct trap_info){ .cause = cause, .tval = csr_read(CSR_MTVAL) };
	if (has_h) {
		info->tval2 = csr_read(CSR_MTVAL2);
		info->tinst = csr_read(CSR_MTINST);
		info->gva = frame->mstatus & MSTATUS_GVA;
	}
}

/* The lowest word of the stack is never written unless it overflows. */
static void check_guard(const struct scratch *self)
{
	if (*hart_stack_guard(self) != STACK_GUARD)
		crash("stack overflow");
}

bool trap_exception(struct trap_frame *frame, unsigned long cause)
{
	struct trap_info info;
	enum emulation result = NOT_EMULATED;

	read_info(&info, frame, cause);
	switch (cause) {
	case CAUSE_ILLEGAL_INSTRUCTION:
		result = emulate_illegal(frame, &info);
		break;
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED:
		result = emulate_misaligned(frame, &info);
		break;
	}
	if (result == NOT_EMULATED)
		trap_redirect(frame, &info);
	check_guard(this_hart());
	return result == EMULATED_ALL_REGISTERS;
}
