/* SPDX-License-Identifier: BSD-2-Clause */
/* The 6300ESB watchdog over a model of its registers, and who starts, kicks and keeps a watchdog. */
/* sources: lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/riscv/io.h"

static void model_write16(uintptr_t addr, uint16_t value);
static void model_write32(uintptr_t addr, uint32_t value);

#define mmio_write16(addr, value) model_write16(addr, value)
#define mmio_write32(addr, value) model_write32(addr, value)
#include "drivers/watchdog/i6300esb.c"

#define BOARD_WATCHDOGS X(absent) X(present)
#define SPL_WATCHDOG 1
static const struct watchdog_source watchdog_absent, watchdog_present;
#include "spl/watchdog.c"

#define BASE 0x40000000u
#define BDF PCI_BDF(1, 2, 0)

/* What the datasheet says of the registers; time goes in ticks of 33 MHz / 2^15. */
static struct {
	unsigned int unlocked; /* how much of the magic has come */
	uint32_t preload[2];
	uint32_t left;
	unsigned int stage;
	uint16_t config;
	uint8_t lock;
	bool has_reset;
	bool interrupts;
} m;

static void restart(unsigned int stage)
{
	m.stage = stage;
	m.left = m.preload[stage];
}

static void pass(uint32_t ticks)
{
	for (; ticks && m.lock & 2; ticks--) {
		if (m.left && --m.left)
			continue;
		if (m.stage) {
			m.has_reset = !(m.config & 0x20);
			m.lock = 0;
		} else {
			m.interrupts |= (m.config & 3) != 3;
			restart(1);
		}
	}
}

/* True: @value was the magic's. */
static bool take_magic(unsigned int offset, uint32_t value)
{
	if (offset != 0x0c || (value != 0x80 && value != 0x86))
		return false;
	m.unlocked = value == 0x80 ? 1 : m.unlocked == 1 ? 2 : 0;
	return true;
}

static void model_write16(uintptr_t addr, uint16_t value)
{
	if (take_magic((unsigned int)(addr - BASE), value))
		return;
	assert_int_equal(addr - BASE, 0x0c);
	assert_int_equal(m.unlocked, 2);
	m.unlocked = 0;
	if (value & 0x100)
		restart(0);
}

static void model_write32(uintptr_t addr, uint32_t value)
{
	assert_true(addr == BASE || addr == BASE + 4);
	assert_int_equal(m.unlocked, 2);
	assert_true(value && value <= 0xfffff);
	m.unlocked = 0;
	m.preload[(addr - BASE) / 4] = value;
}

void pci_write_part(const struct pci_host *host, const struct pci_function *function,
		    unsigned int reg, uint32_t value, unsigned int bytes)
{
	assert_null(host);
	assert_int_equal(function->bdf, BDF);
	if (reg == 0x60) {
		assert_int_equal(bytes, 2);
		m.config = (uint16_t)value;
		return;
	}
	assert_int_equal(reg, 0x68);
	assert_int_equal(bytes, 1);
	if (m.lock & 1)
		return;
	if (value & 2 && !(m.lock & 2))
		restart(0);
	m.lock = (uint8_t)value;
}

static struct i6300esb device;
static unsigned int closed;

static void forget(void) {}

static void visit(const struct dt_node *node)
{
	(void)node;
}

static struct watchdog *open_none(void)
{
	return NULL;
}

static struct watchdog *open_device(void)
{
	static const struct pci_function function = { .bdf = BDF };

	i6300esb_open(&device, NULL, &function, BASE);
	return &device.watchdog;
}

static void close_device(void)
{
	closed++;
}

static const struct watchdog_source watchdog_absent = { visit, forget, open_none, close_device };
static const struct watchdog_source watchdog_present = { visit, forget, open_device, close_device };

static int setup(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.preload[0] = m.preload[1] = 0xfffff;
	closed = 0;
	running = NULL;
	return 0;
}

static const uint32_t tick_hz = 33000000 >> 15;

static void resets_after_its_time(void **state)
{
	(void)state;
	watchdog_start(60);
	assert_int_equal(watchdog_seconds(), 60);
	pass(60 * tick_hz - 1);
	assert_false(m.has_reset);
	pass(120);
	assert_true(m.has_reset);
	assert_false(m.interrupts);
}

static void a_kick_gives_all_the_time_again(void **state)
{
	(void)state;
	watchdog_start(10);
	for (unsigned int i = 0; i < 10; i++) {
		pass(9 * tick_hz);
		watchdog_kick();
	}
	assert_false(m.has_reset);
	pass(11 * tick_hz);
	assert_true(m.has_reset);
}

static void starts_again_one_that_runs_already(void **state)
{
	(void)state;
	m.config = 0x24;
	m.lock = 2;
	m.preload[0] = m.preload[1] = m.left = 5;
	watchdog_start(10);
	pass(9 * tick_hz);
	assert_false(m.has_reset);
	pass(2 * tick_hz);
	assert_true(m.has_reset);
}

static void waits_as_long_as_it_can(void **state)
{
	(void)state;
	watchdog_start(UINT32_MAX);
	assert_int_equal(watchdog_seconds(), 2080);
	pass(2000 * tick_hz);
	assert_false(m.has_reset);
}

static void stops(void **state)
{
	(void)state;
	watchdog_start(10);
	watchdog_stop();
	watchdog_stop();
	watchdog_kick();
	assert_int_equal(watchdog_seconds(), 0);
	assert_int_equal(closed, 1);
	pass(1000 * tick_hz);
	assert_false(m.has_reset);
}

static void is_left_with_all_of_its_time(void **state)
{
	(void)state;
	watchdog_start(10);
	pass(9 * tick_hz);
	watchdog_leave_running();
	assert_int_equal(watchdog_seconds(), 0);
	assert_int_equal(closed, 1);
	pass(9 * tick_hz);
	assert_false(m.has_reset);
	pass(2 * tick_hz);
	assert_true(m.has_reset);
}

static void is_not_started_unless_asked_for(void **state)
{
	(void)state;
	watchdog_start(0);
	assert_int_equal(watchdog_seconds(), 0);
	assert_int_equal(m.lock, 0);
	watchdog_leave_running();
	watchdog_stop();
	assert_int_equal(closed, 0);
}

static void knows_its_ids(void **state)
{
	(void)state;
	assert_true(i6300esb_knows(0x8086, 0x25ab));
	assert_false(i6300esb_knows(0x8086, 0x25ac));
	assert_false(i6300esb_knows(0x1af4, 0x25ab));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(resets_after_its_time, setup),
		cmocka_unit_test_setup(a_kick_gives_all_the_time_again, setup),
		cmocka_unit_test_setup(starts_again_one_that_runs_already, setup),
		cmocka_unit_test_setup(waits_as_long_as_it_can, setup),
		cmocka_unit_test_setup(stops, setup),
		cmocka_unit_test_setup(is_left_with_all_of_its_time, setup),
		cmocka_unit_test_setup(is_not_started_unless_asked_for, setup),
		cmocka_unit_test(knows_its_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
