/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time from mtime (RISC-V ACLINT specification, "MTIMER"), read through the time CSR by harts that have it:
 * a register of their own, where mtime is on the bus, and in QEMU behind the lock that devices work under.
 */
#include "spl/clock.h"

#include "lib/clock.h"
#include "lib/riscv/csr.h"
#include "lib/riscv/guard.h"
#include "lib/riscv/io.h"

#define US_PER_S 1000000
#define CYCLE_HZ 2000000000

#define DOZES_PER_S 10000

static uintptr_t mtime, mtimecmp;
static uint32_t hz;
static bool has_time; /* the CSR, which counts as mtime does */

void clock_start(uintptr_t mtime_register, uintptr_t mtimecmp_register, uint32_t frequency)
{
	uint64_t now = 0;

	mtime = frequency ? mtime_register : 0;
	mtimecmp = mtime ? mtimecmp_register : 0;
	/* Pending since reset, perhaps: then QEMU takes that lock for each reading of the CSR, too. */
	if (mtimecmp)
		mmio_write64(mtimecmp, UINT64_MAX);
	hz = mtime ? frequency : CYCLE_HZ;
	has_time = mtime && csr_try_read(CSR_TIME, now);
}

void clock_doze(void)
{
	if (!mtimecmp) {
		cpu_relax();
		return;
	}
	mmio_write64(mtimecmp, mmio_read64(mtime) + hz / DOZES_PER_S);
	csr_set(CSR_MIE, MIP_MTIP);
	wfi();
	csr_clear(CSR_MIE, MIP_MTIP);
	mmio_write64(mtimecmp, UINT64_MAX);
}

static uint64_t count(void)
{
	if (has_time)
		return csr_read(CSR_TIME);
	return mtime ? mmio_read64(mtime) : csr_read(CSR_MCYCLE);
}

uint64_t clock_us(void)
{
	uint64_t ticks = count();
	uint32_t rate = hz ? hz : CYCLE_HZ;

	return ticks / rate * US_PER_S + ticks % rate * US_PER_S / rate;
}
