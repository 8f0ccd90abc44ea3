/* SPDX-License-Identifier: BSD-2-Clause */
/* The time and S-mode's timer: Sstc where the hart has it, ACLINT's MTIMER otherwise. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"
#include "sbi/scratch.h"

#define TIMER_NEVER (~0UL)

/* True when this hart can have a timer at all. */
bool timer_exists(void);

/* Ticks of machine.timebase_hz. 0 on a machine without time. */
static inline uint64_t timer_now(void)
{
	const struct scratch *self = this_hart();

	if (self->features.has_time_csr)
		return csr_read(CSR_TIME);
	return self->mtime ? mmio_read64(self->mtime) : 0;
}

/* The same in microseconds; 0 also where nobody knows how long a tick is. */
uint64_t timer_us(void);

/*
 * S-mode's timer interrupt becomes pending at @when, and is not pending until then. False: this hart
 * has no timer. The trap entry has this in assembly, too, for when timer_choose_path() allows it.
 */
static inline bool timer_set(uint64_t when)
{
	const struct scratch *self = this_hart();

	if (feature_has(&self->features, ISA_SSTC)) {
		csr_write(CSR_STIMECMP, when);
	} else if (self->mtimecmp) {
		mmio_write64(self->mtimecmp, when);
		csr_clear(CSR_MIP, MIP_STIP);
		csr_set(CSR_MIE, MIP_MTIP);
	} else {
		return false;
	}
	return true;
}

/* To be called when the hart's features are known: ACLINT's timer is set to never. */
void timer_init(void);

/* To be called when the hart's counters count something else. */
void timer_choose_path(void);

/* The M-level timer interrupt came: it is S-mode's. The trap entry has this in assembly, too. */
void timer_expired(void);
