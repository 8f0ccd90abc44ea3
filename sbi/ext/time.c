/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "Timer Extension". */
#include "sbi/ecall.h"
#include "sbi/timer.h"

#define SET_TIMER 0

static struct sbiret time(ECALL_PARAMETERS)
{
	if (fid != SET_TIMER)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	timer_set(a0);
	return sbi_value(0);
}

static unsigned long probe(void)
{
	return timer_exists();
}

const struct sbi_extension ext_time = {
	.first_eid = SBI_EXT_TIME,
	.last_eid = SBI_EXT_TIME,
	.handle = time,
	.probe = probe,
};
