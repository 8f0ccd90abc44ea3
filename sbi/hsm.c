/* SPDX-License-Identifier: BSD-2-Clause */
/* Hart states. */
#include "sbi/hsm.h"

#include "sbi/sbi.h"

#define SUSPEND_RETENTIVE 0x00000000UL
#define SUSPEND_NON_RETENTIVE 0x80000000UL
#define SIGN_EXTENSION 0xffffffff00000000UL

bool hsm_change(struct hsm *hsm, enum hsm_state from, enum hsm_state to)
{
	uint32_t expected = from;

	return __atomic_compare_exchange_n(&hsm->state, &expected, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

long hsm_claim_start(struct hsm *hsm)
{
	if (hsm_change(hsm, HSM_STOPPED, HSM_START_PENDING))
		return SBI_SUCCESS;
	switch (hsm_state(hsm)) {
	case HSM_STOPPED: /* since then */
	case HSM_STOP_PENDING:
		return SBI_ERR_FAILED;
	default:
		return SBI_ERR_ALREADY_AVAILABLE;
	}
}

long hsm_suspend_type(unsigned long type, bool *retentive)
{
	/* The calling convention of C sign-extends 32 bits, callers in assembly do not: both are one. */
	if ((type & SIGN_EXTENSION) == SIGN_EXTENSION && (type & SUSPEND_NON_RETENTIVE))
		type &= ~SIGN_EXTENSION;
	if (type != SUSPEND_RETENTIVE && type != SUSPEND_NON_RETENTIVE)
		return SBI_ERR_INVALID_PARAM;
	*retentive = type == SUSPEND_RETENTIVE;
	return SBI_SUCCESS;
}
