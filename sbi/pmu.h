/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calling hart's performance counters: what they count, their values, starting and stopping them
 * (privileged ISA, "Hardware Performance Monitor", "Sscofpmf", "Smcntrpmf"), and counting events of
 * the firmware. Numbers and sets of counters are those of sbi/pmu_policy.h, and valid here.
 */
#pragma once

#include "sbi/lifecycle.h"
#include "sbi/pmu_policy.h"
#include "sbi/scratch.h"

/* Finds out which counters this hart has, and clears them; once, after features_detect(). */
void pmu_init(void);

/* In each life of the hart: S-mode's counters are its own. */
void pmu_enter(enum life_event why);
void pmu_leave(enum life_event why);

/*
 * Maps a counter to an event that it can monitor. @filters are five bits, the modes in which it does
 * not count: VU, VS, U, S, M from bit 0 on; a hart may have none of them. Until it is started it
 * stands still.
 */
void pmu_map(unsigned int counter, uint32_t event, uint64_t data, unsigned int filters);

/* The counters of @set that are mapped to just that; fixed ones with any filters. */
uint64_t pmu_mapped_to(uint64_t set, uint32_t event, uint64_t data, unsigned int filters);

uint64_t pmu_read(unsigned int counter);
void pmu_write(unsigned int counter, uint64_t value);

/* Start counters that stand still, stop counters, and take their events from those that stand still. */
void pmu_start(uint64_t set);
void pmu_stop(uint64_t set);
void pmu_unmap(uint64_t set);

/* The counters that have overflown since they were started; empty without Sscofpmf. */
uint64_t pmu_overflown(void);

/* For pmu_count() and its sisters, when some counter does count. */
void pmu_count_trap_now(unsigned long cause);
void pmu_count_sent_now(struct scratch *target, unsigned int event);
void pmu_count_fence_now(struct scratch *target, const struct fence *fence);

#define PMU_TRAP_EVENTS (BIT(PMU_SET_TIMER) - 1)
#define PMU_FENCE_EVENTS (BIT(PMU_FIRMWARE_EVENTS) - BIT(PMU_FENCE_I_SENT))

static inline void pmu_count(enum pmu_firmware_event event)
{
	struct pmu *pmu = &this_hart()->pmu;

	if (__builtin_expect(pmu->counting >> event & 1, 0))
		pmu_add(pmu, event);
}

/* Traps from a lower mode to M-mode are counted: pmu_count_trap_now() wants to know of them. */
static inline bool pmu_counts_traps(void)
{
	return __builtin_expect(this_hart()->pmu.counting & PMU_TRAP_EVENTS, 0);
}

/* IPIs to @target are counted, at one end at least: pmu_count_ipi() is to be called. */
static inline bool pmu_counts_ipi(const struct scratch *target)
{
	uint32_t counting = this_hart()->pmu.counting | target->pmu.counting;

	return __builtin_expect(counting & (BIT(PMU_IPI_SENT) | BIT(PMU_IPI_RECEIVED)), 0);
}

/* To be called before @target can see what is sent to it. To oneself nothing is sent. */
static inline void pmu_count_ipi(struct scratch *target)
{
	if (pmu_counts_ipi(target))
		pmu_count_sent_now(target, PMU_IPI_SENT);
}

static inline void pmu_count_fence(struct scratch *target, const struct fence *fence)
{
	uint32_t counting = this_hart()->pmu.counting | target->pmu.counting;

	if (__builtin_expect(counting & PMU_FENCE_EVENTS, 0))
		pmu_count_fence_now(target, fence);
}
