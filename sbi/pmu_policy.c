/* SPDX-License-Identifier: BSD-2-Clause */
/* Events, and the counters for them. */
#include "sbi/pmu_policy.h"

#include "lib/riscv/csr.h"

#define GENERAL_EVENTS 11 /* with number 0, which is none */
#define CACHES 7
#define CACHE_OPERATIONS 3
#define RAW_BITS 48
#define RAW_V2_BITS 56

/* The next cell of a property. */
static uint32_t take(const uint8_t **cell)
{
	*cell += 4;
	return load_be32(*cell - 4);
}

static uint64_t take_two(const uint8_t **cell)
{
	uint64_t high = take(cell);

	return high << 32 | take(cell);
}

/* A property that is a table with rows of @cells cells: how many of them are to be read. */
static uint8_t table(const struct dt_node *node, const char *name, uint32_t cells,
		     const uint8_t **first)
{
	uint32_t length = 0;

	*first = dt_prop(node, name, &length);
	return *first ? (uint8_t)MIN(length / (cells * 4), (uint32_t)PMU_MAP_MAX) : 0;
}

void pmu_visit(struct pmu_map *map, const struct dt_node *node)
{
	const uint8_t *cell;

	if (!dt_is_compatible(node, "riscv,pmu"))
		return;
	map->selector_count = table(node, "riscv,event-to-mhpmevent", 3, &cell);
	for (unsigned int i = 0; i < map->selector_count; i++) {
		map->selectors[i].event = take(&cell);
		map->selectors[i].value = take_two(&cell);
	}
	map->range_count = table(node, "riscv,event-to-mhpmcounters", 3, &cell);
	for (unsigned int i = 0; i < map->range_count; i++) {
		map->ranges[i].first = take(&cell);
		map->ranges[i].last = take(&cell);
		map->ranges[i].counters = take(&cell);
	}
	map->raw_count = table(node, "riscv,raw-event-to-mhpmcounters", 5, &cell);
	for (unsigned int i = 0; i < map->raw_count; i++) {
		map->raws[i].value = take_two(&cell);
		map->raws[i].mask = take_two(&cell);
		map->raws[i].counters = take(&cell);
	}
}

bool pmu_set(const struct pmu *pmu, uint64_t base, uint64_t mask, uint64_t *set)
{
	*set = 0;
	if (!mask)
		return true;
	if (base >= PMU_COUNTERS || mask << base >> base != mask)
		return false;
	*set = mask << base;
	return !(*set & ~pmu_valid(pmu));
}

/* The specification has such an event, and such data goes with it. */
static bool is_event(uint64_t event, uint64_t data)
{
	unsigned int code = PMU_EVENT_CODE(event);

	switch (PMU_EVENT_TYPE(event)) {
	case PMU_GENERAL:
		return code && code < GENERAL_EVENTS && !data;
	case PMU_CACHE: /* which cache, from bit 3 on; what is done, bits 2 and 1; hit or miss */
		return code >> 3 < CACHES && (code >> 1 & 3) < CACHE_OPERATIONS && !data;
	case PMU_RAW:
		return !code && !(data >> RAW_BITS);
	case PMU_RAW_V2:
		return !code && !(data >> RAW_V2_BITS);
	case PMU_FIRMWARE_EVENT:
		return code < PMU_FIRMWARE_EVENTS && !data;
	default:
		return false;
	}
}

static uint64_t counters_for_raw(const struct pmu_map *map, uint64_t data)
{
	uint64_t counters = 0;

	for (unsigned int i = 0; i < map->raw_count; i++) {
		if ((data & map->raws[i].mask) == map->raws[i].value)
			counters |= map->raws[i].counters;
	}
	return counters;
}

static uint64_t counters_in_ranges(const struct pmu_map *map, uint64_t event)
{
	uint64_t counters = 0;

	for (unsigned int i = 0; i < map->range_count; i++) {
		if (event >= map->ranges[i].first && event <= map->ranges[i].last)
			counters |= map->ranges[i].counters;
	}
	return counters;
}

uint64_t pmu_counters_for(const struct pmu_map *map, const struct pmu *pmu, uint64_t event,
			  uint64_t data)
{
	uint64_t counters, fixed = 0;

	if (!is_event(event, data))
		return 0;
	switch (PMU_EVENT_TYPE(event)) {
	case PMU_FIRMWARE_EVENT:
		return PMU_FIRMWARE;
	case PMU_RAW:
	case PMU_RAW_V2:
		counters = counters_for_raw(map, data);
		break;
	default:
		counters = counters_in_ranges(map, event);
		break;
	}
	if (event == PMU_EVENT_CYCLES)
		fixed = BIT(PMU_CYCLE);
	else if (event == PMU_EVENT_INSTRUCTIONS)
		fixed = BIT(PMU_INSTRET);
	return ((counters & PMU_PROGRAMMABLE) | fixed) & pmu->hardware.counters;
}

uint64_t pmu_selector(const struct pmu_map *map, uint32_t event, uint64_t data)
{
	unsigned int type = PMU_EVENT_TYPE(event);

	if (type == PMU_RAW || type == PMU_RAW_V2)
		return data;
	for (unsigned int i = 0; i < map->selector_count; i++) {
		if (map->selectors[i].event == event)
			return map->selectors[i].value;
	}
	return event;
}

int pmu_choose(const struct pmu *pmu, uint64_t set, uint64_t able, uint64_t same, uint64_t rather)
{
	uint64_t stopped = set & able & ~pmu->started;
	uint64_t from = stopped & ~pmu->mapped;

	if (!from)
		from = is_power_of_2(set) ? stopped : stopped & same;
	if (from & rather)
		from &= rather;
	return from ? (int)lowest_bit(from) : -1;
}

void pmu_update_counting(struct pmu *pmu)
{
	uint64_t started = pmu->started >> PMU_FIRST_FIRMWARE;
	uint32_t counting = 0;

	for (; started; started &= started - 1)
		counting |= 1U << pmu->events[lowest_bit(started)];
	__atomic_store_n(&pmu->counting, counting, __ATOMIC_RELAXED);
}

/*
 * Another hart's fence may be counted while its target changes its counters: the new event may then
 * get what belonged to the old one, as if it had come a moment later.
 */
void pmu_add(struct pmu *pmu, unsigned int event)
{
	uint64_t started = __atomic_load_n(&pmu->started, __ATOMIC_RELAXED) >> PMU_FIRST_FIRMWARE;

	for (; started; started &= started - 1) {
		unsigned int counter = lowest_bit(started);

		if (pmu->events[counter] == event)
			__atomic_fetch_add(&pmu->values[counter], 1, __ATOMIC_RELAXED);
	}
}

unsigned int pmu_event_of_trap(unsigned long cause)
{
	switch (cause) {
	case CAUSE_LOAD_MISALIGNED:
		return PMU_MISALIGNED_LOAD;
	case CAUSE_STORE_MISALIGNED:
		return PMU_MISALIGNED_STORE;
	case CAUSE_LOAD_ACCESS:
		return PMU_ACCESS_LOAD;
	case CAUSE_STORE_ACCESS:
		return PMU_ACCESS_STORE;
	case CAUSE_ILLEGAL_INSTRUCTION:
		return PMU_ILLEGAL_INSN;
	default:
		return PMU_FIRMWARE_EVENTS;
	}
}

unsigned int pmu_event_of_fence(const struct fence *fence)
{
	static const uint8_t events[] = {
		[FENCE_I] = PMU_FENCE_I_SENT,
		[FENCE_SFENCE] = PMU_SFENCE_VMA_SENT,
		[FENCE_GVMA] = PMU_HFENCE_GVMA_SENT,
		[FENCE_VVMA] = PMU_HFENCE_VVMA_SENT,
	};
	bool has_id = fence->kind != FENCE_I && fence->span.id != FENCE_ANY_ID;

	/* Those for one address space or guest come next, behind their receipt. */
	return events[fence->kind] + (has_id ? 2 : 0);
}
