/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bookkeeping of performance counters (SBI v3.0, chapter "Performance Monitoring Unit Extension"):
 * which events and counters there are, and which counter is chosen for an event. Pure;
 * sbi/pmu.c has the CSRs.
 *
 * Counters have fixed numbers: 0 to 31 are hardware counters by the number of their CSR (0 is cycle,
 * 2 is instret, 1 is time and never a counter), firmware counters follow. A hart that lacks a
 * hardware counter has an invalid number there. Sets of counters are bitmaps by number.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/bits.h"
#include "lib/dt.h"
#include "sbi/rfence.h"
#include "sbi/shmem.h"

#define PMU_CYCLE 0
#define PMU_TIME 1 /* no counter of this kind */
#define PMU_INSTRET 2
#define PMU_FIRST_PROGRAMMABLE 3
#define PMU_FIRST_FIRMWARE 32
#define PMU_FIRMWARE_COUNTERS 16
#define PMU_COUNTERS (PMU_FIRST_FIRMWARE + PMU_FIRMWARE_COUNTERS)

#define PMU_FIXED (BIT(PMU_CYCLE) | BIT(PMU_INSTRET))
#define PMU_HARDWARE (BIT(PMU_FIRST_FIRMWARE) - 1)
#define PMU_PROGRAMMABLE (PMU_HARDWARE & ~(BIT(PMU_FIRST_PROGRAMMABLE) - 1))
#define PMU_FIRMWARE ((BIT(PMU_FIRMWARE_COUNTERS) - 1) << PMU_FIRST_FIRMWARE)

/* event_idx: bits 19 to 16 are its type, those below its code. */
#define PMU_EVENT_TYPE(event) ((event) >> 16)
#define PMU_EVENT_CODE(event) ((event)&0xffff)
enum pmu_event_type {
	PMU_GENERAL = 0,
	PMU_CACHE = 1,
	PMU_RAW = 2,
	PMU_RAW_V2 = 3,
	PMU_FIRMWARE_EVENT = 15,
};
#define PMU_EVENT_CYCLES 0x00001
#define PMU_EVENT_INSTRUCTIONS 0x00002

/* Codes of firmware events. From FENCE_I_SENT on, one that is received follows each that is sent. */
enum pmu_firmware_event {
	PMU_MISALIGNED_LOAD,
	PMU_MISALIGNED_STORE,
	PMU_ACCESS_LOAD,
	PMU_ACCESS_STORE,
	PMU_ILLEGAL_INSN,
	PMU_SET_TIMER,
	PMU_IPI_SENT,
	PMU_IPI_RECEIVED,
	PMU_FENCE_I_SENT,
	PMU_SFENCE_VMA_SENT = 10,
	PMU_SFENCE_VMA_ASID_SENT = 12,
	PMU_HFENCE_GVMA_SENT = 14,
	PMU_HFENCE_GVMA_VMID_SENT = 16,
	PMU_HFENCE_VVMA_SENT = 18,
	PMU_HFENCE_VVMA_ASID_SENT = 20,
	PMU_FIRMWARE_EVENTS = 22,
};

/* What a hart has. */
struct pmu_hardware {
	uint32_t counters;
	bool inhibits; /* there is mcountinhibit */
	uint8_t widths[PMU_FIRST_FIRMWARE];
};

/* What S-mode has made of it. */
struct pmu {
	struct pmu_hardware hardware;
	uint32_t counting; /* bit n: a started counter counts firmware event n */
	uint64_t mapped;   /* counters that have an event */
	uint64_t started;
	uint64_t values[PMU_FIRMWARE_COUNTERS]; /* other harts add to them */
	uint8_t events[PMU_FIRMWARE_COUNTERS];	/* enum pmu_firmware_event */
	struct shmem snapshot;			/* empty: none */

	/* Without mcountinhibit: cycle and instret as S-mode shall see them while they are stopped. */
	uint8_t holding; /* bits PMU_CYCLE and PMU_INSTRET */
	uint64_t held[2];
};

/* What the `riscv,pmu` node says, which describes all harts alike. */
#define PMU_MAP_MAX 64
struct pmu_map {
	struct pmu_selector {
		uint32_t event;
		uint64_t value; /* of mhpmevent */
	} selectors[PMU_MAP_MAX];
	struct pmu_range {
		uint32_t first, last; /* events */
		uint32_t counters;
	} ranges[PMU_MAP_MAX];
	struct pmu_raw {
		uint64_t value, mask; /* raw events with these bits below the mask */
		uint32_t counters;
	} raws[PMU_MAP_MAX];
	uint8_t selector_count, range_count, raw_count;
};

/* To be called for every node of the walk. What has no room in the map is left out. */
void pmu_visit(struct pmu_map *map, const struct dt_node *node);

/* All counters of a hart. */
static inline uint64_t pmu_valid(const struct pmu *pmu)
{
	return pmu->hardware.counters | PMU_FIRMWARE;
}

/* The set of counters @base + n for each bit n of @mask; false when one of them is invalid. */
bool pmu_set(const struct pmu *pmu, uint64_t base, uint64_t mask, uint64_t *set);

/*
 * The counters that can monitor an event, @event being the whole parameter event_idx; empty for what
 * is no event.
 */
uint64_t pmu_counters_for(const struct pmu_map *map, const struct pmu *pmu, uint64_t event,
			  uint64_t data);

/* What is written to mhpmevent for a hardware event. */
uint64_t pmu_selector(const struct pmu_map *map, uint32_t event, uint64_t data);

/*
 * Chooses from @set one that is in @able, not started and not taken by another event, if it can be
 * one that is also in @rather. Stopping a counter alone does not free it: it must be in @same, which
 * has this event already, or be all that @set has. -1: none.
 */
int pmu_choose(const struct pmu *pmu, uint64_t set, uint64_t able, uint64_t same, uint64_t rather);

/* To be called when firmware counters were started, stopped or mapped to another event. */
void pmu_update_counting(struct pmu *pmu);

/* Adds one to the started counters of firmware event @event. */
void pmu_add(struct pmu *pmu, unsigned int event);

/* The event of a trap to M-mode; PMU_FIRMWARE_EVENTS: none. */
unsigned int pmu_event_of_trap(unsigned long cause);

/* The event of having sent @fence. */
unsigned int pmu_event_of_fence(const struct fence *fence);
