/* SPDX-License-Identifier: BSD-2-Clause */
/* Reset devices: found in trees like QEMU's, chosen by priority, and what they do to their registers. */
/* sources: drivers/reset/reset.c drivers/reset/sifive_test.c drivers/reset/syscon.c */
/* sources: drivers/reset/gpio.c lib/dt.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/reset/reset.h"
#include "lib/clock.h"
#include "tests/unit/dtb.h"

#define REGS_SIZE 0x100
#define OUTPUT_EN (0x08 / 4)
#define OUTPUT_VAL (0x0c / 4)
#define OUT_XOR (0x40 / 4)

static uint32_t regs[REGS_SIZE / 4];
static struct reset_devices resets;

/* Each look at the clock is a millisecond; what a pin does meanwhile is written down. */
static uint64_t now_us;
static uint32_t watched_pin;
static struct {
	uint64_t us;
	int level; /* -1: not driven */
} levels[8];
static unsigned int level_count;

static void watch_pin(void)
{
	int level = -1;

	if (regs[OUTPUT_EN] & watched_pin)
		level = !!((regs[OUTPUT_VAL] ^ regs[OUT_XOR]) & watched_pin);
	if (level_count && levels[level_count - 1].level == level)
		return;
	assert_true(level_count < 8);
	levels[level_count].us = now_us;
	levels[level_count++].level = level;
}

uint64_t clock_us(void)
{
	if (watched_pin)
		watch_pin();
	return now_us += 1000;
}

static void begin_tree(void)
{
	dtb_begin();
	DTB_CELLS("#address-cells", 2);
	DTB_CELLS("#size-cells", 2);
}

static void begin_node(const char *name, const char *compatible, int length)
{
	DTB_NODE(name);
	assert_int_equal(fdt_property(dtb, "compatible", compatible, length), 0);
}

#define NODE(name, compatible) begin_node(name, compatible, sizeof(compatible))

static void reg(uint64_t address, uint32_t size)
{
	DTB_CELLS("reg", (uint32_t)(address >> 32), (uint32_t)address, 0, size);
}

static enum err visit(const struct dt_node *node, void *context)
{
	reset_visit(context, node);
	return ERR_OK;
}

static void read_tree(void)
{
	struct dt dt;

	dtb_finish();
	memset(&resets, 0, sizeof(resets));
	assert_int_equal(dt_open(&dt, dtb, sizeof(dtb_words)), ERR_OK);
	assert_int_equal(dt_walk(&dt, visit, &resets), ERR_OK);
	reset_resolve(&resets);
}

static int setup(void **state)
{
	(void)state;
	memset(regs, 0, sizeof(regs));
	watched_pin = 0;
	level_count = 0;
	return 0;
}

static void syscon_node(const char *name, const char *compatible, uint32_t value)
{
	begin_node(name, compatible, (int)strlen(compatible) + 1);
	DTB_CELLS("value", value);
	DTB_CELLS("offset", 4);
	DTB_CELLS("regmap", 7);
	DTB_END();
}

static void qemu_virt(void **state)
{
	(void)state;
	begin_tree();
	/* Users of the registers come before who has them. */
	syscon_node("poweroff", "syscon-poweroff", 0x1111);
	syscon_node("reboot", "syscon-reboot", 0x2222);
	NODE("test", "sifive,test1\0sifive,test0\0syscon");
	DTB_CELLS("phandle", 7);
	reg((uintptr_t)regs, REGS_SIZE);
	DTB_END();
	read_tree();

	assert_int_equal(resets.count, 3);
	assert_ptr_equal(resets.devices[0].driver, &reset_sifive_test);
	assert_true(reset_can(&resets, RESET_SHUTDOWN));
	assert_true(reset_can(&resets, RESET_COLD_REBOOT));
	assert_true(reset_can(&resets, RESET_WARM_REBOOT));

	/* All are tried, since the machine goes on. */
	reset_machine(&resets, RESET_SHUTDOWN, false);
	assert_int_equal(regs[0], 0x5555);
	assert_int_equal(regs[1], 0x1111);
	reset_machine(&resets, RESET_SHUTDOWN, true);
	assert_int_equal(regs[0], 0x13333);
	reset_machine(&resets, RESET_COLD_REBOOT, false);
	assert_int_equal(regs[0], 0x7777);
	assert_int_equal(regs[1], 0x2222);
}

static void old_test_device_cannot_reboot(void **state)
{
	(void)state;
	begin_tree();
	NODE("test", "sifive,test0");
	reg((uintptr_t)regs, REGS_SIZE);
	DTB_END();
	read_tree();
	assert_true(reset_can(&resets, RESET_SHUTDOWN));
	assert_false(reset_can(&resets, RESET_COLD_REBOOT));
}

static void gpio_restart(uint32_t pin, uint32_t flags)
{
	begin_tree();
	NODE("gpio-restart", "gpio-restart");
	DTB_CELLS("gpios", 9, pin, flags);
	DTB_END();
	NODE("gpio", "sifive,gpio0");
	DTB_CELLS("phandle", 9);
	reg((uintptr_t)regs, REGS_SIZE);
	DTB_END();
	read_tree();
}

static void expect_pulses(uint32_t pin, int active)
{
	regs[OUT_XOR] = 1u << pin;
	watched_pin = 1u << pin;
	reset_machine(&resets, RESET_COLD_REBOOT, false);
	assert_int_equal(level_count, 4);
	assert_int_equal(levels[0].level, -1);
	assert_int_equal(levels[1].level, active);
	assert_int_equal(levels[2].level, !active);
	assert_in_range(levels[2].us - levels[1].us, 100000, 105000);
	assert_int_equal(levels[3].level, active);
	assert_in_range(levels[3].us - levels[2].us, 100000, 105000);
	assert_in_range(now_us - levels[3].us, 3000000, 3010000);
}

static void sifive_u(void **state)
{
	(void)state;
	gpio_restart(10, 1);
	assert_false(reset_can(&resets, RESET_SHUTDOWN));
	assert_true(reset_can(&resets, RESET_COLD_REBOOT));
	regs[OUTPUT_VAL] = 0x80000400;
	expect_pulses(10, 0);
	assert_int_equal(regs[OUTPUT_VAL], 0x80000000); /* other pins are left alone */
	setup(state);
	gpio_restart(31, 0);
	expect_pulses(31, 1);
	gpio_restart(32, 0);
	assert_false(reset_can(&resets, RESET_COLD_REBOOT));
}

static void priorities_and_masks(void **state)
{
	(void)state;
	begin_tree();
	DTB_NODE("controller");
	reg((uintptr_t)regs, REGS_SIZE);
	NODE("masked", "syscon-reboot");
	DTB_CELLS("offset", 0x10);
	DTB_CELLS("value", 0xff5);
	DTB_CELLS("mask", 0xf0f);
	DTB_CELLS("priority", 10);
	DTB_END();
	NODE("old-form", "syscon-reboot");
	DTB_CELLS("offset", 0x10);
	DTB_CELLS("mask", 0x40);
	DTB_CELLS("priority", 20);
	DTB_END();
	DTB_END();
	read_tree();
	assert_int_equal(resets.count, 2);
	assert_int_equal(resets.devices[0].priority, 20);
	regs[4] = 0xa0a0;
	resets.count = 1;
	reset_machine(&resets, RESET_WARM_REBOOT, false);
	assert_int_equal(regs[4], 0xa0e0);
	resets.devices[0] = resets.devices[1];
	reset_machine(&resets, RESET_WARM_REBOOT, false);
	assert_int_equal(regs[4], 0xafe5);
}

static void unusable_devices_are_dropped(void **state)
{
	(void)state;
	begin_tree();
	NODE("no-registers", "syscon-poweroff");
	DTB_CELLS("offset", 0);
	DTB_CELLS("value", 1);
	DTB_CELLS("regmap", 8);
	DTB_END();
	NODE("beyond", "syscon-poweroff");
	DTB_CELLS("offset", REGS_SIZE);
	DTB_CELLS("value", 1);
	DTB_CELLS("regmap", 7);
	DTB_END();
	NODE("unaligned", "syscon-poweroff");
	DTB_CELLS("offset", 2);
	DTB_CELLS("value", 1);
	DTB_CELLS("regmap", 7);
	DTB_END();
	NODE("wraps", "syscon-poweroff");
	DTB_CELLS("offset", 0xfffffffc);
	DTB_CELLS("value", 1);
	DTB_CELLS("regmap", 7);
	DTB_END();
	NODE("no-value", "syscon-poweroff");
	DTB_CELLS("offset", 0);
	DTB_CELLS("regmap", 7);
	DTB_END();
	NODE("short-gpios", "gpio-poweroff");
	DTB_CELLS("gpios", 7, 1);
	DTB_END();
	NODE("off", "sifive,test1");
	reg((uintptr_t)regs, REGS_SIZE);
	DTB_STRING("status", "disabled");
	DTB_END();
	NODE("controller", "syscon");
	DTB_CELLS("phandle", 7);
	reg((uintptr_t)regs, REGS_SIZE);
	DTB_END();
	read_tree();
	assert_int_equal(resets.count, 0);
	reset_machine(&resets, RESET_SHUTDOWN, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(qemu_virt, setup),
		cmocka_unit_test_setup(old_test_device_cannot_reboot, setup),
		cmocka_unit_test_setup(sifive_u, setup),
		cmocka_unit_test_setup(priorities_and_masks, setup),
		cmocka_unit_test_setup(unusable_devices_are_dropped, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
