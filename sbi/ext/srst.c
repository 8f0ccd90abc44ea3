/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "System Reset Extension". */
#include "drivers/reset/reset.h"
#include "sbi/ecall.h"
#include "sbi/platform.h"
#include "sbi/scratch.h"

#define SYSTEM_RESET 0

enum { NO_REASON, SYSTEM_FAILURE };

bool srst_exists(void)
{
	return this_hart()->domain->may_reset;
}

struct sbiret ecall_srst(ECALL_PARAMETERS)
{
	if (!srst_exists() || fid != SYSTEM_RESET)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	if (a0 > RESET_WARM_REBOOT || a1 > SYSTEM_FAILURE)
		return sbi_error(SBI_ERR_INVALID_PARAM);
	if (!reset_can(&platform.resets, (enum reset_type)a0))
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	reset_machine(&platform.resets, (enum reset_type)a0, a1 == SYSTEM_FAILURE);
	return sbi_error(SBI_ERR_FAILED);
}
