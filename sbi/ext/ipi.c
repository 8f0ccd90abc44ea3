/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "IPI Extension". */
#include "sbi/ipi.h"

#include "sbi/ecall.h"
#include "sbi/harts.h"
#include "sbi/pmu.h"

#define SEND_IPI 0

static inline void send(struct scratch *hart)
{
	if (!hsm_is_active(&hart->hsm))
		return;
	pmu_count_ipi(hart);
	hart_post(hart, EVENT_IPI);
}

static __attribute__((noinline)) long send_to_all(struct hart_mask mask)
{
	struct scratch *hart;

	do {
		for_each_hart_in_word(hart, mask) send(hart);
	} while (hart_mask_next_word(&mask));
	return SBI_SUCCESS;
}

long ipi_send(unsigned long hart_mask, unsigned long hart_mask_base)
{
	struct hart_mask mask;

	if (!hart_mask_check(&mask, hart_mask, hart_mask_base))
		return SBI_ERR_INVALID_PARAM;
	if (mask.has_more || !is_power_of_2(mask.bits))
		return send_to_all(mask);
	send(hart_at(mask.base + lowest_bit(mask.bits)));
	return SBI_SUCCESS;
}

struct sbiret ecall_ipi(ECALL_PARAMETERS)
{
	if (fid != SEND_IPI)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	return sbi_error(ipi_send(a0, a1));
}
