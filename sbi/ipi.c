/* SPDX-License-Identifier: BSD-2-Clause */
/* Events between harts. */
#include "sbi/ipi.h"

#include "drivers/irqchip/imsic.h"
#include "drivers/timer/aclint.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"

void hart_kick(const struct scratch *target)
{
	if (target->imsic)
		imsic_send_ipi(target->imsic);
	else if (target->msip)
		aclint_send_ipi(target->msip);
}

void hart_post(struct scratch *target, uint32_t events)
{
	/*
	 * Whoever finds the word empty interrupts. Who finds it not empty need not: the target clears
	 * its interrupt before it takes the word, and it has not taken it since that other interrupt.
	 */
	if (!__atomic_fetch_or(&target->events, events, __ATOMIC_ACQ_REL))
		hart_kick(target);
}

static void clear_interrupt(const struct scratch *self)
{
	if (self->imsic)
		imsic_clear_ipi();
	else if (self->msip)
		aclint_clear_ipi(self->msip);
}

uint32_t events_take(void)
{
	struct scratch *self = this_hart();

	clear_interrupt(self);
	/* The clearing reaches the device before the word is read, or a new interrupt could be lost. */
	fence_full();
	return __atomic_exchange_n(&self->events, 0, __ATOMIC_ACQ_REL);
}

void events_serve(uint32_t events)
{
	if (events & EVENT_IPI)
		csr_set(CSR_MIP, MIP_SSIP);
	if (events & EVENT_FENCE)
		rfence_serve();
}
