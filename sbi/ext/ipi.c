/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "IPI Extension". */
#include "sbi/ipi.h"

#include "sbi/ecall.h"
#include "sbi/harts.h"
#include "sbi/pmu.h"

#define SEND_IPI 0

static __attribute__((noinline)) struct sbiret send_to_all(unsigned long hart_mask,
							   unsigned long hart_mask_base)
{
	struct hart_mask mask;
	struct scratch *hart;

	if (!hart_mask_check(&mask, hart_mask, hart_mask_base))
		return sbi_error(SBI_ERR_INVALID_PARAM);
	do {
		for_each_hart_in_word(hart, mask)
		{
			if (!hsm_is_active(&hart->hsm))
				continue;
			pmu_count_ipi(hart);
			hart_post(hart, EVENT_IPI);
		}
	} while (hart_mask_next_word(&mask));
	return sbi_error(SBI_SUCCESS);
}

/* Without calls on its way, so that the common case has no registers to save. */
struct sbiret ipi_send(unsigned long hart_mask, unsigned long hart_mask_base)
{
	struct scratch *hart = hart_mask_only(hart_mask, hart_mask_base);

	if (!hart || pmu_counts_ipi(hart))
		return send_to_all(hart_mask, hart_mask_base);
	if (hsm_is_active(&hart->hsm))
		hart_post(hart, EVENT_IPI);
	return sbi_error(SBI_SUCCESS);
}

struct sbiret ecall_ipi(ECALL_PARAMETERS)
{
	if (fid != SEND_IPI)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	return ipi_send(a0, a1);
}
