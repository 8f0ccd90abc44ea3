/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI v3.0, chapter "IPI Extension". */
#include "sbi/ipi.h"

#include "sbi/ecall.h"
#include "sbi/harts.h"

#define SEND_IPI 0

static struct sbiret ipi(ECALL_PARAMETERS)
{
	struct hart_mask mask;
	struct scratch *hart;
	long error;

	if (fid != SEND_IPI)
		return sbi_error(SBI_ERR_NOT_SUPPORTED);
	error = hart_mask_check(&mask, a0, a1);
	if (error)
		return sbi_error(error);
	while ((hart = hart_mask_next(&mask))) {
		if (hsm_is_active(&hart->hsm))
			hart_post(hart, EVENT_IPI);
	}
	return sbi_value(0);
}

const struct sbi_extension ext_ipi = {
	.first_eid = SBI_EXT_IPI,
	.last_eid = SBI_EXT_IPI,
	.handle = ipi,
};
