/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "Timer Extension". */
#include "sbi/ecall.h"
#include "sbi/pmu.h"
#include "sbi/timer.h"

#define SET_TIMER 0

struct sbiret ecall_time(ECALL_PARAMETERS)
{
	if (fid != SET_TIMER || !timer_set(a0))
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	pmu_count(PMU_SET_TIMER);
	return sbi_value(0);
}
