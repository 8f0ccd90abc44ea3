/* SPDX-License-Identifier: BSD-2-Clause */
/* CPPC devices: SBI v3.0, table "CPPC Registers", and registers in memory. */
/* sources: drivers/cppc/cppc.c drivers/cppc/memory.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/cppc/cppc.h"
#include "tests/unit/dtb.h"

#define ALL 0x3fffff

static uint64_t memory[2 * 32]; /* of two harts */
static struct cppc_device device;

static enum err visit(const struct dt_node *node, void *context)
{
	cppc_visit(context, node);
	return ERR_OK;
}

static void node(const char *name, uintptr_t base, uint32_t size, uint32_t registers)
{
	DTB_NODE(name);
	DTB_STRING("compatible", "hartline,cppc-memory");
	DTB_CELLS("reg", (uint32_t)((uint64_t)base >> 32), (uint32_t)base, 0, size);
	DTB_CELLS("hartline,registers", registers);
}

static void begin(void)
{
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
}

static bool find(void)
{
	struct dt dt;

	dtb_finish();
	memset(&device, 0, sizeof(device));
	memset(memory, 0, sizeof(memory));
	assert_int_equal(dt_open(&dt, dtb, sizeof(dtb_words)), ERR_OK);
	assert_int_equal(dt_walk(&dt, visit, &device), ERR_OK);
	return device.driver;
}

static bool find_one(uintptr_t base, uint32_t size, uint32_t registers)
{
	begin();
	node("cppc", base, size, registers);
	DTB_END();
	return find();
}

static void ids(void **state)
{
	static const uint32_t reserved[] = { 0x15, 0x7fffffff, 0x80000001, 0xffffffff };
	enum cppc_register reg;

	(void)state;
	for (uint32_t id = 0; id < CPPC_TRANSITION_LATENCY; id++) {
		assert_true(cppc_register_of(id, &reg));
		assert_int_equal(reg, id);
		assert_int_equal(cppc_is_writable(reg),
				 (id >= 0x05 && id <= 0x09) || (id >= 0x0d && id <= 0x11));
	}
	assert_true(cppc_register_of(0x80000000, &reg));
	assert_int_equal(reg, CPPC_TRANSITION_LATENCY);
	assert_false(cppc_is_writable(reg));
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		assert_false(cppc_register_of(reserved[i], &reg));
}

static void bad_nodes(void **state)
{
	uintptr_t base = (uintptr_t)memory;

	(void)state;
	assert_true(find_one(base, sizeof(memory), ALL));
	assert_false(find_one(base, 255, ALL));
	assert_false(find_one(base + 4, 256, ALL));
	assert_false(find_one(base, sizeof(memory), ALL + 1));
	assert_false(find_one(UINT64_MAX - 7, 256, ALL)); /* it wraps */
	begin();
	node("cppc", base, sizeof(memory), ALL);
	DTB_STRING("status", "disabled");
	DTB_END();
	assert_false(find());
	begin();
	assert_false(find());
}

static void the_first_device_counts(void **state)
{
	(void)state;
	begin();
	node("cppc@0", (uintptr_t)memory, 256, 1);
	DTB_END();
	node("cppc@1", (uintptr_t)memory, 512, 2);
	DTB_END();
	assert_true(find());
	assert_int_equal(device.registers, 1);
}

static void widths(void **state)
{
	(void)state;
	assert_true(find_one((uintptr_t)memory, sizeof(memory), 0x200c20));
	for (unsigned int reg = 0; reg < CPPC_REGISTERS; reg++) {
		bool there = reg == 5 || reg == 10 || reg == 11 || reg == 21;

		assert_int_equal(device.driver->width(&device, 0, reg), there ? 32 : 0);
		assert_int_equal(device.driver->width(&device, 1, reg), there ? 32 : 0);
		assert_int_equal(device.driver->width(&device, 2, reg), 0);
	}
	device.wide_counters = true;
	assert_int_equal(device.driver->width(&device, 0, CPPC_COUNTER_WRAPAROUND_TIME), 64);
	assert_int_equal(device.driver->width(&device, 0, CPPC_REFERENCE_COUNTER), 64);
	assert_int_equal(device.driver->width(&device, 0, CPPC_DELIVERED_COUNTER), 0);
	assert_int_equal(device.driver->width(&device, 0, CPPC_DESIRED_PERFORMANCE), 32);
}

static void values_are_a_harts_own(void **state)
{
	uint64_t value = 0;

	(void)state;
	begin();
	node("cppc", (uintptr_t)memory, sizeof(memory), ALL);
	assert_int_equal(fdt_property(dtb, "hartline,wide-counters", NULL, 0), 0);
	DTB_END();
	assert_true(find());
	memory[5] = memory[5 + 32] = 0xffffffff00000000;
	memory[32 + CPPC_DELIVERED_COUNTER] = 0x123456789abcdef0;
	assert_true(device.driver->write(&device, 1, CPPC_DESIRED_PERFORMANCE, 77));
	assert_int_equal(memory[5 + 32], 0xffffffff0000004d);
	assert_int_equal(memory[5], 0xffffffff00000000);
	assert_true(device.driver->read(&device, 1, CPPC_DESIRED_PERFORMANCE, &value));
	assert_int_equal(value, 77);
	assert_true(device.driver->read(&device, 1, CPPC_DELIVERED_COUNTER, &value));
	assert_int_equal(value, 0x123456789abcdef0);
	assert_true(device.driver->write(&device, 0, CPPC_REFERENCE_COUNTER, UINT64_MAX));
	assert_int_equal(memory[CPPC_REFERENCE_COUNTER], UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
		cmocka_unit_test(bad_nodes),
		cmocka_unit_test(the_first_device_counts),
		cmocka_unit_test(widths),
		cmocka_unit_test(values_are_a_harts_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
