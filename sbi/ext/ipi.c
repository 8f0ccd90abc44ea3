/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "IPI Extension". */
#include "sbi/ipi.h"

#include "sbi/ecall.h"
#include "sbi/harts.h"
#include "sbi/pmu.h"

#define SEND_IPI 0

struct sbiret ecall_ipi(ECALL_PARAMETERS)
{
	struct hart_mask mask;
	struct scratch *hart;

	if (fid != SEND_IPI)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	if (!hart_mask_check(&mask, a0, a1))
		return sbi_error(SBI_ERR_INVALID_PARAM);
	do {
		for_each_hart_in_word (hart, mask) {
			if (!hsm_is_active(&hart->hsm))
				continue;
			pmu_count_ipi(hart);
			hart_post(hart, EVENT_IPI);
		}
	} while (hart_mask_next_word(&mask));
	return sbi_value(0);
}
