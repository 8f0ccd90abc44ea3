/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state machine of a hart (SBI v3.0, chapter "Hart State Management"): pure policy, all
 * transitions by compare-and-swap, so that any hart may try any of them at any time.
 * How a hart sleeps and wakes is sbi/lifecycle.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Numbers are the specification's. */
enum hsm_state {
	HSM_STARTED = 0,
	HSM_STOPPED = 1,
	HSM_START_PENDING = 2,
	HSM_STOP_PENDING = 3,
	HSM_SUSPENDED = 4,
	HSM_SUSPEND_PENDING = 5,
	HSM_RESUME_PENDING = 6,
};

/* Where a hart enters S-mode (or M-mode) when it starts or resumes. */
struct entry_point {
	unsigned long addr;
	unsigned long arg1; /* a1; a0 is the hartid */
	unsigned long mode; /* PRV_S or PRV_M */
};

struct hsm {
	uint32_t state;		  /* enum hsm_state, atomic */
	struct entry_point entry; /* written by who won START_PENDING, read after EVENT_START */
};

static inline enum hsm_state hsm_state(const struct hsm *hsm)
{
	return (enum hsm_state)__atomic_load_n(&hsm->state, __ATOMIC_ACQUIRE);
}

/* One transition; false when the hart was not in @from. */
bool hsm_change(struct hsm *hsm, enum hsm_state from, enum hsm_state to);

/*
 * Claims a stopped hart for starting. SBI_SUCCESS: the caller owns hsm->entry until it posts
 * EVENT_START. SBI_ERR_ALREADY_AVAILABLE: it runs, sleeps or is about to. SBI_ERR_FAILED: it is on
 * its way to STOPPED; worth another try.
 */
long hsm_claim_start(struct hsm *hsm);

/* True when the hart takes part in S-mode, so that IPIs and fences concern it. */
static inline bool hsm_is_active(const struct hsm *hsm)
{
	enum hsm_state state = hsm_state(hsm);

	return state != HSM_STOPPED && state != HSM_STOP_PENDING;
}

/*
 * Judges the suspend_type of sbi_hart_suspend(), a 32-bit parameter. SBI_SUCCESS and whether
 * registers are kept, or SBI_ERR_INVALID_PARAM: reserved, or of the platform and not implemented.
 */
long hsm_suspend_type(unsigned long type, bool *retentive);
