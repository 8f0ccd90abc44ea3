/* SPDX-License-Identifier: BSD-2-Clause */
/* Which events there are, which counters they may have, and which one is chosen. */
/* sources: sbi/pmu_policy.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/riscv/csr.h"
#include "sbi/pmu_policy.h"
#include "tests/unit/dtb.h"

#define HARDWARE 0x1fd /* cycle, instret, six programmable ones */
#define FIRMWARE_EVENT(code) (0xf0000ul | (code))
#define RAW 0x20000
#define RAW_V2 0x30000

static struct pmu pmu;
static struct pmu_map map;

static int set_up(void **state)
{
	(void)state;
	memset(&map, 0, sizeof(map));
	pmu = (struct pmu){ .hardware.counters = HARDWARE };
	return 0;
}

static enum err visit(const struct dt_node *node, void *context)
{
	pmu_visit(context, node);
	return ERR_OK;
}

static void walk(void)
{
	struct dt dt;

	dtb_finish();
	assert_int_equal(dt_open(&dt, dtb, sizeof(dtb_words)), ERR_OK);
	assert_int_equal(dt_walk(&dt, visit, &map), ERR_OK);
}

static void begin_pmu(const char *compatible)
{
	dtb_begin();
	DTB_NODE("pmu");
	DTB_STRING("compatible", compatible);
}

static uint64_t counters_for(uint64_t event, uint64_t data)
{
	return pmu_counters_for(&map, &pmu, event, data);
}

/* ---- The device tree ---- */

static void reads_node(void **state)
{
	(void)state;
	begin_pmu("riscv,pmu");
	DTB_CELLS("riscv,event-to-mhpmevent", 0x00003, 0x12, 0x345, 0x10000, 0, 0x777);
	DTB_CELLS("riscv,event-to-mhpmcounters", 0x1, 0x2, 0xff, 0x3, 0x5, 0x30, 0x10000, 0x10021,
		  0x8);
	DTB_CELLS("riscv,raw-event-to-mhpmcounters", 0, 0x100, 0xffffffff, 0xffffff00, 0x18, 0x1, 0,
		  0xf, 0, 0x20);
	DTB_END();
	walk();

	assert_int_equal(pmu_selector(&map, 0x3, 0), 0x1200000345);
	assert_int_equal(pmu_selector(&map, 0x10000, 0), 0x777);
	/* An event without a selector is its own. */
	assert_int_equal(pmu_selector(&map, 0x10019, 0), 0x10019);
	assert_int_equal(pmu_selector(&map, RAW, 0x1234), 0x1234);
	assert_int_equal(pmu_selector(&map, RAW_V2, 0x3), 0x3);

	/* Fixed counters have their own events, whatever the map says. */
	assert_int_equal(counters_for(0x1, 0), 0xf9);
	assert_int_equal(counters_for(0x2, 0), 0xfc);
	assert_int_equal(counters_for(0x3, 0), 0x30);
	assert_int_equal(counters_for(0x5, 0), 0x30);
	assert_int_equal(counters_for(0x6, 0), 0);
	assert_int_equal(counters_for(0x10019, 0), 0x8);
	assert_int_equal(counters_for(RAW, 0x1ff), 0x18);
	assert_int_equal(counters_for(RAW, 0x2ff), 0);
	assert_int_equal(counters_for(RAW_V2, 0x100000000 | 0x77), 0x20);
	/* Ranges add up. */
	assert_int_equal(counters_for(RAW_V2, 0x100000000), 0x20);
	map.raws[0].mask = 0;
	map.raws[0].value = 0;
	assert_int_equal(counters_for(RAW_V2, 0x100000000), 0x38);
}

static void ignores_other_nodes(void **state)
{
	(void)state;
	begin_pmu("riscv,other");
	DTB_CELLS("riscv,event-to-mhpmcounters", 0x3, 0x3, 0x30);
	DTB_END();
	walk();
	assert_int_equal(map.range_count, 0);
	assert_int_equal(counters_for(0x3, 0), 0);
	assert_int_equal(counters_for(0x1, 0), 1);
}

/* A row that is not whole, and more rows than there is room for. */
static void bounds_tables(void **state)
{
	uint32_t cells[(PMU_MAP_MAX + 9) * 3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
		cells[i] = cpu_to_fdt32(3);
	begin_pmu("riscv,pmu");
	assert_int_equal(fdt_property(dtb, "riscv,event-to-mhpmcounters", cells, sizeof(cells)), 0);
	DTB_CELLS("riscv,event-to-mhpmevent", 3, 0, 1, 4, 0);
	DTB_CELLS("riscv,raw-event-to-mhpmcounters", 3, 0, 1, 4);
	DTB_END();
	walk();
	assert_int_equal(map.range_count, PMU_MAP_MAX);
	assert_int_equal(map.selector_count, 1);
	assert_int_equal(map.raw_count, 0);
}

/* ---- Sets ---- */

static void checks_sets(void **state)
{
	static const struct {
		uint64_t base, mask, set;
		bool valid;
	} sets[] = {
		{ 0, 0, 0, true },
		{ ~0ul, 0, 0, true },
		{ 0, HARDWARE, HARDWARE, true },
		{ 0, HARDWARE | PMU_FIRMWARE, HARDWARE | PMU_FIRMWARE, true },
		{ 47, 1, 1ul << 47, true },
		{ 1, 2, 4, true },
		{ 1, 1, 0, false },
		{ 0, 0x200, 0, false },
		{ 48, 1, 0, false },
		{ 0, 1ul << 48, 0, false },
		{ 0, 1ul << 63, 0, false },
		{ 47, 1ul << 17 | 1, 0, false },
		{ 64, 1, 0, false },
		{ 1ul << 32, 1, 0, false },
		{ ~0ul, 1, 0, false },
		{ ~0ul - 1, 4, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		uint64_t set;

		assert_int_equal(pmu_set(&pmu, sets[i].base, sets[i].mask, &set), sets[i].valid);
		if (sets[i].valid)
			assert_int_equal(set, sets[i].set);
	}
}

/* ---- Events ---- */

static void knows_events(void **state)
{
	(void)state;
	map.ranges[0] = (struct pmu_range){ 0, ~0U, 0x100 };
	map.raws[0] = (struct pmu_raw){ 0, 0, 0x80 };
	map.range_count = map.raw_count = 1;

	for (uint64_t code = 0; code < 0x10000; code++) {
		bool is_cache = code >> 3 <= 6 && (code >> 1 & 3) != 3;

		assert_int_equal(!!counters_for(code, 0), code >= 1 && code <= 10);
		assert_int_equal(!!counters_for(0x10000 | code, 0), is_cache);
		assert_int_equal(!!counters_for(RAW | code, 0), code == 0);
		assert_int_equal(!!counters_for(RAW_V2 | code, 0), code == 0);
		assert_int_equal(counters_for(FIRMWARE_EVENT(code), 0),
				 code < 22 ? PMU_FIRMWARE : 0);
	}
	for (uint64_t type = 4; type < 15; type++)
		assert_int_equal(counters_for(type << 16, 0), 0);
	for (unsigned int bit = 20; bit < 64; bit++)
		assert_int_equal(counters_for(1ul << bit | 1, 0), 0);
}

static void checks_event_data(void **state)
{
	(void)state;
	map.ranges[0] = (struct pmu_range){ 0, ~0U, 0x100 };
	map.raws[0] = (struct pmu_raw){ 0, 0, 0x80 };
	map.range_count = map.raw_count = 1;
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t data = 1ul << bit;

		assert_int_equal(counters_for(1, data), 0);
		assert_int_equal(counters_for(0x10000, data), 0);
		assert_int_equal(counters_for(FIRMWARE_EVENT(5), data), 0);
		assert_int_equal(counters_for(RAW, data), bit < 48 ? 0x80 : 0);
		assert_int_equal(counters_for(RAW_V2, data), bit < 56 ? 0x80 : 0);
	}
}

/* Maps of the device tree do not make counters. */
static void needs_counter(void **state)
{
	(void)state;
	map.ranges[0] = (struct pmu_range){ 1, 2, ~0U };
	map.range_count = 1;
	pmu.hardware.counters = 0;
	assert_int_equal(counters_for(1, 0), 0);
	pmu.hardware.counters = 1;
	assert_int_equal(counters_for(1, 0), 1);
	assert_int_equal(counters_for(2, 0), 0);
}

/* ---- Choosing ---- */

#define ANY (~0ul)

static void chooses_free_counter(void **state)
{
	(void)state;
	assert_int_equal(pmu_choose(&pmu, ANY, 0xf8, 0, 0), 3);
	assert_int_equal(pmu_choose(&pmu, 0x30, 0xf8, 0, 0), 4);
	assert_int_equal(pmu_choose(&pmu, 0x7, 0xf8, 0, 0), -1);
	assert_int_equal(pmu_choose(&pmu, 0, 0xf8, 0, 0), -1);
	pmu.mapped = 0x8;
	assert_int_equal(pmu_choose(&pmu, ANY, 0xf8, 0, 0), 4);
	pmu.mapped = pmu.started = 0x18;
	assert_int_equal(pmu_choose(&pmu, ANY, 0xf8, 0xf8, 0), 5);
}

static void prefers(void **state)
{
	(void)state;
	assert_int_equal(pmu_choose(&pmu, ANY, 0xf9, 0, PMU_PROGRAMMABLE), 3);
	assert_int_equal(pmu_choose(&pmu, ANY, 0x01, 0, PMU_PROGRAMMABLE), 0);
	pmu.mapped = 0xf8;
	assert_int_equal(pmu_choose(&pmu, ANY, 0xf9, 0xf8, PMU_PROGRAMMABLE), 0);
}

/* A counter that was stopped, but not reset, is still somebody's. */
static void keeps_mapping(void **state)
{
	(void)state;
	pmu.mapped = 0xf8;
	assert_int_equal(pmu_choose(&pmu, ANY, 0xf8, 0, 0), -1);
	assert_int_equal(pmu_choose(&pmu, ANY, 0xf8, 0x20, 0), 5);
	assert_int_equal(pmu_choose(&pmu, 0x10, 0xf8, 0, 0), 4);
	pmu.started = 0xf8;
	assert_int_equal(pmu_choose(&pmu, 0x10, 0xf8, 0x10, 0), -1);
}

/* ---- Firmware counters ---- */

static void map_and_start(unsigned int counter, uint8_t event)
{
	pmu.events[counter] = event;
	pmu.mapped |= 1ul << (PMU_FIRST_FIRMWARE + counter);
	pmu.started |= 1ul << (PMU_FIRST_FIRMWARE + counter);
	pmu_update_counting(&pmu);
}

static void adds_to_started_counters(void **state)
{
	(void)state;
	pmu.started = PMU_PROGRAMMABLE; /* hardware counters count by themselves */
	pmu_update_counting(&pmu);
	assert_int_equal(pmu.counting, 0);
	map_and_start(0, PMU_SET_TIMER);
	map_and_start(3, PMU_IPI_SENT);
	map_and_start(15, PMU_SET_TIMER);
	assert_int_equal(pmu.counting, 1 << PMU_SET_TIMER | 1 << PMU_IPI_SENT);

	pmu_add(&pmu, PMU_SET_TIMER);
	pmu_add(&pmu, PMU_SET_TIMER);
	pmu_add(&pmu, PMU_IPI_SENT);
	pmu_add(&pmu, PMU_IPI_RECEIVED);
	assert_int_equal(pmu.values[0], 2);
	assert_int_equal(pmu.values[3], 1);
	assert_int_equal(pmu.values[15], 2);

	pmu.started &= ~(1ul << PMU_FIRST_FIRMWARE);
	pmu_update_counting(&pmu);
	assert_int_equal(pmu.counting, 1 << PMU_SET_TIMER | 1 << PMU_IPI_SENT);
	pmu_add(&pmu, PMU_SET_TIMER);
	assert_int_equal(pmu.values[0], 2);
	assert_int_equal(pmu.values[15], 3);
}

static void names_traps(void **state)
{
	(void)state;
	assert_int_equal(pmu_event_of_trap(CAUSE_LOAD_MISALIGNED), 0);
	assert_int_equal(pmu_event_of_trap(CAUSE_STORE_MISALIGNED), 1);
	assert_int_equal(pmu_event_of_trap(CAUSE_LOAD_ACCESS), 2);
	assert_int_equal(pmu_event_of_trap(CAUSE_STORE_ACCESS), 3);
	assert_int_equal(pmu_event_of_trap(CAUSE_ILLEGAL_INSTRUCTION), 4);
	assert_int_equal(pmu_event_of_trap(CAUSE_ECALL_S), PMU_FIRMWARE_EVENTS);
}

static void names_fences(void **state)
{
	static const struct {
		enum fence_kind kind;
		unsigned long id;
		unsigned int event;
	} fences[] = {
		{ FENCE_I, FENCE_ANY_ID, 8 },	    { FENCE_I, 7, 8 },
		{ FENCE_SFENCE, FENCE_ANY_ID, 10 }, { FENCE_SFENCE, 0, 12 },
		{ FENCE_GVMA, FENCE_ANY_ID, 14 },   { FENCE_GVMA, 0, 16 },
		{ FENCE_VVMA, FENCE_ANY_ID, 18 },   { FENCE_VVMA, 5, 20 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fences); i++) {
		struct fence fence = { .kind = fences[i].kind, .span.id = fences[i].id };

		assert_int_equal(pmu_event_of_fence(&fence), fences[i].event);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_node, set_up),
		cmocka_unit_test_setup(ignores_other_nodes, set_up),
		cmocka_unit_test_setup(bounds_tables, set_up),
		cmocka_unit_test_setup(checks_sets, set_up),
		cmocka_unit_test_setup(knows_events, set_up),
		cmocka_unit_test_setup(checks_event_data, set_up),
		cmocka_unit_test_setup(needs_counter, set_up),
		cmocka_unit_test_setup(chooses_free_counter, set_up),
		cmocka_unit_test_setup(prefers, set_up),
		cmocka_unit_test_setup(keeps_mapping, set_up),
		cmocka_unit_test_setup(adds_to_started_counters, set_up),
		cmocka_unit_test_setup(names_traps, set_up),
		cmocka_unit_test_setup(names_fences, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
