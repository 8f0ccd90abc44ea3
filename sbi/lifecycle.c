/* SPDX-License-Identifier: BSD-2-Clause */
/* Harts that come and go. */
#include "sbi/lifecycle.h"

#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"
#include "sbi/hart.h"
#include "sbi/init.h"
#include "sbi/ipi.h"
#include "sbi/sbi.h"
#include "sbi/sse.h"
#include "sbi/timer.h"

/* A hart in STOP_PENDING is STOPPED after a few hundred instructions. */
#define STOPPING_POLLS 100000

long hart_start(struct scratch *hart, struct entry_point entry)
{
	long error = hsm_claim_start(&hart->hsm);

	for (unsigned int i = 0; error == SBI_ERR_FAILED && i < STOPPING_POLLS; i++) {
		cpu_relax();
		error = hsm_claim_start(&hart->hsm);
	}
	if (error)
		return error;
	hart->hsm.entry = entry;
	hart_post(hart, EVENT_START);
	return SBI_SUCCESS;
}

/* M-mode without a firmware below it: this hart is the next stage's, with nothing protected. */
static _Noreturn void enter_m_mode(const struct entry_point *entry)
{
	csr_write(CSR_MIE, 0);
	csr_write(CSR_MEDELEG, 0);
	csr_write(CSR_MIDELEG, 0);
	enter_next_mode(this_hart()->hartid, entry->arg1, entry->addr, hart_entry_mstatus(PRV_M));
}

/* @events: those that came when S-mode was already on its way. */
static _Noreturn void enter(const struct entry_point *entry, enum life_event why, uint32_t events)
{
	struct scratch *self = this_hart();
	struct entry_point to = *entry;

	if (to.mode == PRV_M)
		enter_m_mode(&to);
	init_enter(why);
	events_serve(events & EVENT_IPI);
	rfence_everything();
	hsm_change(&self->hsm, why == LIFE_RESUME ? HSM_RESUME_PENDING : HSM_START_PENDING,
		   HSM_STARTED);
	enter_next_mode(self->hartid, to.arg1, to.addr, hart_entry_mstatus(to.mode));
}

_Noreturn void hart_wait_for_start(void)
{
	uint32_t events;

	for (;;) {
		events = events_take();
		/* Answer fences: somebody may have thought that this hart still runs. */
		events_serve(events & EVENT_FENCE);
		if (events & EVENT_START)
			break;
		wfi();
	}
	enter(&this_hart()->hsm.entry, LIFE_START, events);
}

_Noreturn void hart_stop(void)
{
	struct hsm *hsm = &this_hart()->hsm;

	hsm_change(hsm, HSM_STARTED, HSM_STOP_PENDING);
	init_leave(LIFE_STOP);
	hsm_change(hsm, HSM_STOP_PENDING, HSM_STOPPED);
	hart_wait_for_start();
}

void hart_wait_for_interrupt(void)
{
	unsigned long s_interrupts = csr_read(CSR_MIDELEG);

	for (;;) {
		unsigned long pending = csr_read(CSR_MIP) & csr_read(CSR_MIE);

		if (pending & (MIP_MSIP | MIP_MEIP)) {
			uint32_t events = events_take();

			events_serve(events);
			if (events & (EVENT_IPI | EVENT_SSE))
				return;
		}
		if (pending & MIP_MTIP)
			timer_expired();
		if (pending & ~s_interrupts & MIP_LCOFIP && sse_counter_overflow())
			return;
		if (csr_read(CSR_MIP) & csr_read(CSR_MIE) & s_interrupts)
			return;
		wfi();
	}
}

void hart_suspend_retentive(void)
{
	struct hsm *hsm = &this_hart()->hsm;

	hsm_change(hsm, HSM_STARTED, HSM_SUSPEND_PENDING);
	hsm_change(hsm, HSM_SUSPEND_PENDING, HSM_SUSPENDED);
	hart_wait_for_interrupt();
	hsm_change(hsm, HSM_SUSPENDED, HSM_RESUME_PENDING);
	hsm_change(hsm, HSM_RESUME_PENDING, HSM_STARTED);
}

_Noreturn void hart_suspend(const struct entry_point *entry, sleep_fn sleep)
{
	struct hsm *hsm = &this_hart()->hsm;
	struct entry_point to = *entry;

	hsm_change(hsm, HSM_STARTED, HSM_SUSPEND_PENDING);
	hsm_change(hsm, HSM_SUSPEND_PENDING, HSM_SUSPENDED);
	/* There is no context that an event could interrupt until S-mode has one again. */
	sse_mask();
	sleep();
	hsm_change(hsm, HSM_SUSPENDED, HSM_RESUME_PENDING);
	init_leave(LIFE_SUSPEND);
	enter(&to, LIFE_RESUME, 0);
}
