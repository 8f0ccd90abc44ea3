/* SPDX-License-Identifier: BSD-2-Clause */
/* The Ethernet address of an Unleashed, from a model of its OTP. */
/* sources: */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "lib/riscv/io.h"

static uint32_t model_read32(uintptr_t addr);
static void model_write32(uintptr_t addr, uint32_t value);

#define mmio_read32 model_read32
#define mmio_write32 model_write32
#include "board/sifive-unleashed/board.c"

/* As the manual has them, in words. */
#define PA 0
#define PCE 3
#define PCLK 4
#define PDOUT 6
#define PDSTB 7
#define PTRIM 13
#define BASE 0x10070000UL
#define FUSES 4096
#define PULSE_MIN_US 40

static struct {
	uint64_t now_us, edge_us; /* the clock's latest */
	uint32_t fuses[FUSES];
	uint32_t regs[PTRIM + 1];
	uint32_t out;
} m;

uint64_t clock_us(void)
{
	return m.now_us++;
}

static bool is_ready(void)
{
	return m.regs[PDSTB] && m.regs[PTRIM] && m.regs[PCE];
}

static uint32_t model_read32(uintptr_t addr)
{
	assert_int_equal(addr, BASE + 4 * PDOUT);
	assert_true(m.now_us - m.edge_us >= PULSE_MIN_US);
	return is_ready() ? m.out : 0xff;
}

static void model_write32(uintptr_t addr, uint32_t value)
{
	uintptr_t reg = (addr - BASE) / 4;

	/* Nothing else: what burns fuses is among the rest. */
	assert_true(reg == PA || reg == PCE || reg == PCLK || reg == PDSTB || reg == PTRIM);
	assert_true(reg != PA || value < FUSES);
	if (reg == PCLK && value != m.regs[PCLK]) {
		assert_true(m.now_us - m.edge_us >= PULSE_MIN_US);
		m.edge_us = m.now_us;
		if (!value)
			m.out = m.fuses[m.regs[PA]];
	}
	m.regs[reg] = value;
}

static int setup(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	memset(m.fuses, 0xff, sizeof(m.fuses));
	m.now_us = 1000;
	return 0;
}

static void put_serial(unsigned int fuse, uint32_t serial)
{
	m.fuses[fuse] = serial;
	m.fuses[fuse + 1] = ~serial;
}

static void expect_mac(uint8_t byte3, uint8_t byte4, uint8_t byte5)
{
	const uint8_t expected[] = { 0x70, 0xb3, 0xd5, byte3, byte4, byte5 };
	uint8_t mac[6];

	assert_true(board_mac(mac));
	assert_memory_equal(mac, expected, sizeof(mac));
	assert_false(is_ready());
}

static void is_made_of_the_serial_number(void **state)
{
	(void)state;
	put_serial(0xfc, 1);
	expect_mac(0x92, 0xf0, 0x01);
	put_serial(0xfc, 0x00000a5c);
	expect_mac(0x92, 0xfa, 0x5c);
	/* What does not fit is ORed over SiFive's own bits, as SiFive's loader does it. */
	put_serial(0xfc, 0x12345678);
	expect_mac(0xb6, 0xf6, 0x78);
}

static void the_last_serial_number_counts(void **state)
{
	(void)state;
	put_serial(0x02, 1);
	expect_mac(0x92, 0xf0, 0x01);
	put_serial(0xfa, 2);
	expect_mac(0x92, 0xf0, 0x02);
	put_serial(0xfe, 3);
	expect_mac(0x92, 0xf0, 0x03);
	m.fuses[0xff] ^= 1;
	expect_mac(0x92, 0xf0, 0x02);
}

static void there_may_be_none(void **state)
{
	uint8_t mac[6];

	(void)state;
	assert_false(board_mac(mac));
	put_serial(0x00, 7); /* not a place for one */
	put_serial(0x100, 7);
	assert_false(board_mac(mac));
	put_serial(0xfc, 0);
	assert_false(board_mac(mac));
	assert_false(is_ready());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(is_made_of_the_serial_number, setup),
		cmocka_unit_test_setup(the_last_serial_number_counts, setup),
		cmocka_unit_test_setup(there_may_be_none, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
