/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How harts reach each other: a word of events a hart, and a software interrupt (ACLINT's MSI or an
 * IMSIC's) that says that there are some. Events of one kind merge.
 */
#pragma once

#define EVENT_IPI 0x1	/* S-mode's software interrupt */
#define EVENT_FENCE 0x2 /* a fence request waits, sbi/rfence.h */
#define EVENT_START 0x4 /* hsm.entry is complete: go */
#define EVENT_SSE 0x8	/* a software event may be for this hart, sbi/sse.h */

#ifndef __ASSEMBLER__

#include "drivers/irqchip/imsic.h"
#include "drivers/timer/aclint.h"
#include "lib/riscv/csr.h"
#include "sbi/sbi.h"
#include "sbi/scratch.h"
#include "sbi/sse.h"

/* Interrupts @target without an event, to end its wfi. */
static inline void hart_kick(const struct scratch *target)
{
	if (target->imsic)
		imsic_send_ipi(target->imsic);
	else if (target->msip)
		aclint_send_ipi(target->msip);
}

/*
 * Adds to @target's events. Whoever finds none there interrupts it. Who finds some need not: the
 * target clears its interrupt before it takes its events, and has not taken those yet.
 */
static inline void hart_post(struct scratch *target, uint32_t events)
{
	if (!__atomic_fetch_or(&target->events, events, __ATOMIC_ACQ_REL))
		hart_kick(target);
}

/*
 * Sends S-mode's software interrupt to all active harts that the two name. SBI_ERR_INVALID_PARAM for
 * harts that S-mode cannot have. In sbi/ext/ipi.c.
 */
struct sbiret ipi_send(unsigned long hart_mask, unsigned long hart_mask_base);

/* Clears this hart's interrupt, then takes its events. */
static inline uint32_t events_take(void)
{
	struct scratch *self = this_hart();

	if (self->imsic)
		imsic_clear_ipi();
	else if (self->msip)
		mmio_write32(self->msip, 0);
	/* The device has it before the events are read, or a new interrupt could get lost. */
	fence_full();
	return __atomic_exchange_n(&self->events, 0, __ATOMIC_ACQUIRE);
}

/* Does what @events ask, all but EVENT_START, which is for a hart that waits to be started. */
static inline void events_serve(uint32_t events)
{
	if (events & EVENT_IPI)
		csr_set(CSR_MIP, MIP_SSIP);
	if (events & EVENT_SSE)
		sse_serve(events & EVENT_FENCE);
	else if (events & EVENT_FENCE)
		rfence_serve();
}

#endif
