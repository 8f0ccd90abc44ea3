/* SPDX-License-Identifier: BSD-2-Clause */
/* Time. */
#include "sbi/timer.h"

#include "lib/clock.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/io.h"
#include "sbi/platform.h"
#include "sbi/scratch.h"

bool timer_exists(void)
{
	const struct scratch *self = this_hart();

	return feature_has(&self->features, ISA_SSTC) || self->mtimecmp;
}

void timer_choose_path(void)
{
	struct scratch *self = this_hart();

	if (self->pmu.counting & BIT(PMU_SET_TIMER))
		self->set_timer = SET_TIMER_IN_C;
	else if (feature_has(&self->features, ISA_SSTC))
		self->set_timer = SET_TIMER_BY_STIMECMP;
	else
		self->set_timer = (long)self->mtimecmp;
}

void timer_init(void)
{
	const struct scratch *self = this_hart();

	timer_choose_path();
	/* Pending since reset, perhaps, and with Sstc for good: QEMU takes its lock for whoever has that. */
	if (self->mtimecmp)
		mmio_write64(self->mtimecmp, TIMER_NEVER);
}

void timer_expired(void)
{
	csr_clear(CSR_MIE, MIP_MTIP);
	csr_set(CSR_MIP, MIP_STIP);
}

uint64_t timer_us(void)
{
	uint64_t now = timer_now();
	uint32_t hz = platform.machine.timebase_hz;

	return hz ? now / hz * 1000000 + now % hz * 1000000 / hz : 0;
}

/* For the time-outs of drivers. Where nothing counts time, its readers do. */
uint64_t clock_us(void)
{
	static uint64_t readings;
	uint64_t now = timer_us();

	return now ? now : __atomic_fetch_add(&readings, 1, __ATOMIC_RELAXED);
}
