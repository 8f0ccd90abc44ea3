/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "System Suspend Extension". */
#include "sbi/ecall.h"
#include "sbi/harts.h"
#include "sbi/lifecycle.h"
#include "sbi/platform.h"
#include "sbi/shmem.h"

#define SYSTEM_SUSPEND 0
#define SUSPEND_TO_RAM 0

/* A driver's, or for tests of S-mode software one that leaves everything on; NULL: none. */
static sleep_fn suspend_to_ram(void)
{
	if (platform.suspend_to_ram)
		return platform.suspend_to_ram;
	return platform.config.system_suspend_test ? hart_wait_for_interrupt : NULL;
}

bool susp_exists(void)
{
	return suspend_to_ram() && this_hart()->domain->may_suspend;
}

/* Of all domains: what is suspended is the whole machine. */
static bool others_are_stopped(void)
{
	for (unsigned int i = 0; i < harts.count; i++) {
		const struct scratch *hart = hart_at(i);

		if (hart != this_hart() && hart_is_available(i) &&
		    hsm_state(&hart->hsm) != HSM_STOPPED)
			return false;
	}
	return true;
}

struct sbiret ecall_susp(ECALL_PARAMETERS)
{
	if (!susp_exists() || fid != SYSTEM_SUSPEND)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	if (a0 != SUSPEND_TO_RAM)
		return sbi_error(SBI_ERR_INVALID_PARAM);
	if (!shmem_is_executable(a1))
		return sbi_error(SBI_ERR_INVALID_ADDRESS);
	if (!others_are_stopped())
		return sbi_error(SBI_ERR_DENIED);
	/* Only this hart runs S-mode: nobody is there to start another one from here on. */
	hart_suspend(&(struct entry_point){ a1, a2, PRV_S }, suspend_to_ram());
}
