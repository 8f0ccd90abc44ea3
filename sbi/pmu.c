/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters in hardware, and what is counted in software. */
#include "sbi/pmu.h"

#include "lib/riscv/counter.h"
#include "lib/riscv/guard.h"
#include "sbi/platform.h"
#include "sbi/timer.h"

/* mhpmevent with Sscofpmf, mcyclecfg and minstretcfg with Smcntrpmf */
#define EVENT_OF BIT(63)
#define EVENT_MINH BIT(62)
#define EVENT_FILTERS_SHIFT 58
#define EVENT_FLAGS (~(BIT(56) - 1)) /* bits that are no longer part of an event's number */

static bool is_firmware(unsigned int counter)
{
	return counter >= PMU_FIRST_FIRMWARE;
}

static bool is_fixed(unsigned int counter)
{
	return counter < PMU_FIRST_PROGRAMMABLE;
}

static bool is_held(const struct pmu *pmu, unsigned int counter)
{
	return is_fixed(counter) && pmu->holding >> counter & 1;
}

static bool has(enum isa_extension extension)
{
	return feature_has(&this_hart()->features, extension);
}

/* What a hardware counter counts, and in which modes. */
static uint64_t event_read(unsigned int counter)
{
	if (!is_fixed(counter))
		return counter_event_read(counter);
	if (!has(ISA_SMCNTRPMF))
		return 0;
	return counter == PMU_CYCLE ? csr_read(CSR_MCYCLECFG) : csr_read(CSR_MINSTRETCFG);
}

static void event_write(unsigned int counter, uint64_t value)
{
	if (!is_fixed(counter))
		counter_event_write(counter, value);
	else if (!has(ISA_SMCNTRPMF))
		return;
	else if (counter == PMU_CYCLE)
		csr_write(CSR_MCYCLECFG, value);
	else
		csr_write(CSR_MINSTRETCFG, value);
}

/* What M-mode does is nobody else's business. */
static uint64_t event_value(unsigned int counter, uint32_t event, uint64_t data,
			    unsigned int filters)
{
	uint64_t flags = (uint64_t)filters << EVENT_FILTERS_SHIFT | EVENT_MINH;
	uint64_t value;

	if (is_fixed(counter))
		return has(ISA_SMCNTRPMF) ? flags : 0;
	value = pmu_selector(&platform.pmu, event, data);
	return has(ISA_SSCOFPMF) ? (value & ~EVENT_FLAGS) | flags : value;
}

/* No state of S-mode's; cycle and instret count until it takes them. */
static void reset(uint64_t set)
{
	struct pmu *pmu = &this_hart()->pmu;

	for (; set; set &= set - 1) {
		event_write(lowest_bit(set), 0);
		counter_write(lowest_bit(set), 0);
	}
	if (pmu->hardware.inhibits)
		csr_write(CSR_MCOUNTINHIBIT, ~PMU_FIXED);
	csr_clear(CSR_MIP, MIP_LCOFIP);
	*pmu = (struct pmu){ .hardware = pmu->hardware };
}

/* The bits of a counter; 0: it is not there. */
static uint8_t width_of(unsigned int counter)
{
	uint64_t ones;

	if (!(this_hart()->features.counters >> counter & 1) || !counter_exists(counter))
		return 0;
	if (is_fixed(counter))
		return 64;
	event_write(counter, 0); /* it stands still */
	counter_write(counter, ~0UL);
	ones = counter_read(counter);
	return ~ones ? (uint8_t)lowest_bit(~ones) : 64;
}

void pmu_init(void)
{
	struct scratch *self = this_hart();
	struct pmu_hardware *hardware = &self->pmu.hardware;

	hardware->inhibits = csr_try_write(CSR_MCOUNTINHIBIT, ~PMU_FIXED);
	for (unsigned int i = 0; i < PMU_FIRST_FIRMWARE; i++) {
		hardware->widths[i] = i == PMU_TIME ? 0 : width_of(i);
		if (hardware->widths[i])
			hardware->counters |= 1U << i;
	}
	/* What is not there would trap in M-mode, too, when reading it is emulated. */
	self->features.counters &= hardware->counters | BIT(PMU_TIME);
	reset(hardware->counters & PMU_PROGRAMMABLE);
	/* A programmable counter that has its event must be able to wait for its start. */
	if (!hardware->inhibits)
		hardware->counters &= PMU_FIXED;
}

/* medeleg's bits of faults that are counted. */
static unsigned long counted_faults(const struct pmu *pmu)
{
	return (pmu->counting >> PMU_ACCESS_LOAD & 1) << CAUSE_LOAD_ACCESS |
	       (pmu->counting >> PMU_ACCESS_STORE & 1) << CAUSE_STORE_ACCESS;
}

static void update_counting(struct pmu *pmu)
{
	unsigned long before = counted_faults(pmu);

	pmu_update_counting(pmu);
	csr_set(CSR_MEDELEG, before);
	csr_clear(CSR_MEDELEG, counted_faults(pmu));
	timer_choose_path();
}

void pmu_enter(enum life_event why)
{
	const struct pmu *pmu = &this_hart()->pmu;

	/* Both are open by default. A hart that starts has nothing to close. */
	(void)why;
	csr_clear(CSR_MEDELEG, counted_faults(pmu));
	csr_clear(CSR_MCOUNTEREN, pmu->holding);
}

void pmu_leave(enum life_event why)
{
	if (why != LIFE_STOP)
		return;
	pmu_stop(this_hart()->pmu.started); /* other harts add no more */
	reset(this_hart()->pmu.hardware.counters);
}

/* They stand still, or S-mode's reading them is emulated. */
static void inhibit(struct pmu *pmu, uint64_t set)
{
	set &= pmu->hardware.counters & ~(uint64_t)pmu->holding;
	if (pmu->hardware.inhibits) {
		csr_set(CSR_MCOUNTINHIBIT, set);
		return;
	}
	pmu->holding |= (uint8_t)set;
	csr_clear(CSR_MCOUNTEREN, set);
	for (; set; set &= set - 1)
		pmu->held[lowest_bit(set) / 2] = counter_read(lowest_bit(set));
}

static void release(struct pmu *pmu, uint64_t set)
{
	uint64_t held = set & pmu->holding;

	set &= pmu->hardware.counters;
	if (pmu->hardware.inhibits) {
		csr_clear(CSR_MCOUNTINHIBIT, set);
		return;
	}
	pmu->holding &= (uint8_t)~held;
	for (; held; held &= held - 1)
		counter_write(lowest_bit(held), pmu->held[lowest_bit(held) / 2]);
	csr_set(CSR_MCOUNTEREN, set);
}

uint64_t pmu_read(unsigned int counter)
{
	const struct pmu *pmu = &this_hart()->pmu;

	if (is_firmware(counter))
		return __atomic_load_n(&pmu->values[counter - PMU_FIRST_FIRMWARE],
				       __ATOMIC_RELAXED);
	return is_held(pmu, counter) ? pmu->held[counter / 2] : counter_read(counter);
}

void pmu_write(unsigned int counter, uint64_t value)
{
	struct pmu *pmu = &this_hart()->pmu;

	if (is_firmware(counter))
		__atomic_store_n(&pmu->values[counter - PMU_FIRST_FIRMWARE], value,
				 __ATOMIC_RELAXED);
	else if (is_held(pmu, counter))
		pmu->held[counter / 2] = value;
	else
		counter_write(counter, value);
}

void pmu_map(unsigned int counter, uint32_t event, uint64_t data, unsigned int filters)
{
	struct pmu *pmu = &this_hart()->pmu;

	inhibit(pmu, BIT(counter) & ~pmu->started);
	if (is_firmware(counter)) {
		pmu->events[counter - PMU_FIRST_FIRMWARE] = PMU_EVENT_CODE(event);
		update_counting(pmu);
	} else {
		event_write(counter, event_value(counter, event, data, filters));
	}
	pmu->mapped |= BIT(counter);
}

uint64_t pmu_mapped_to(uint64_t set, uint32_t event, uint64_t data, unsigned int filters)
{
	const struct pmu *pmu = &this_hart()->pmu;
	uint64_t found = 0;

	for (set &= pmu->mapped; set; set &= set - 1) {
		unsigned int counter = lowest_bit(set);
		bool same;

		if (is_firmware(counter))
			same = pmu->events[counter - PMU_FIRST_FIRMWARE] == PMU_EVENT_CODE(event);
		else
			same = is_fixed(counter) ||
			       (event_read(counter) & ~EVENT_OF) ==
				       event_value(counter, event, data, filters);
		found |= same ? BIT(counter) : 0;
	}
	return found;
}

void pmu_unmap(uint64_t set)
{
	struct pmu *pmu = &this_hart()->pmu;

	pmu->mapped &= ~set;
	for (set &= PMU_HARDWARE; set; set &= set - 1)
		event_write(lowest_bit(set), 0);
}

void pmu_start(uint64_t set)
{
	struct pmu *pmu = &this_hart()->pmu;
	uint64_t sampled = has(ISA_SSCOFPMF) ? set & PMU_PROGRAMMABLE : 0;

	for (uint64_t left = sampled; left; left &= left - 1)
		event_write(lowest_bit(left), event_read(lowest_bit(left)) & ~EVENT_OF);
	release(pmu, set);
	__atomic_store_n(&pmu->started, pmu->started | set, __ATOMIC_RELAXED);
	update_counting(pmu);
}

void pmu_stop(uint64_t set)
{
	struct pmu *pmu = &this_hart()->pmu;

	inhibit(pmu, set);
	__atomic_store_n(&pmu->started, pmu->started & ~set, __ATOMIC_RELAXED);
	update_counting(pmu);
}

uint64_t pmu_overflown(void)
{
	return has(ISA_SSCOFPMF) ? csr_read(CSR_SCOUNTOVF) : 0;
}

void pmu_count_trap_now(unsigned long cause)
{
	struct pmu *pmu = &this_hart()->pmu;
	unsigned int event = pmu_event_of_trap(cause);

	if (pmu->counting >> event & 1)
		pmu_add(pmu, event);
}

/* The number of the receipt follows that of the sending. */
void pmu_count_sent_now(struct scratch *target, unsigned int event)
{
	if (target == this_hart())
		return;
	pmu_add(&this_hart()->pmu, event);
	pmu_add(&target->pmu, event + 1);
}

void pmu_count_fence_now(struct scratch *target, const struct fence *fence)
{
	pmu_count_sent_now(target, pmu_event_of_fence(fence));
}
