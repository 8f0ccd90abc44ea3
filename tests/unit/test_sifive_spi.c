/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SiFive's SPI controller as its manual has it, and QEMU has not: frames take time, FIFOs overflow, the
 * chip select follows csmode. The driver is compiled in over the model's registers.
 */
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
#include "drivers/spi/sifive.c"

#define BASE 0x10050000u
#define INPUT_HZ 500000000u
#define ACCESS_NS 40u

static struct {
	uint64_t now_ns;
	bool instant; /* frames take no time, as in QEMU */
	bool stuck;   /* frames do not move */
	uint32_t regs[32];
	uint8_t tx[FIFO_DEPTH], rx[FIFO_DEPTH];
	unsigned int tx_count, rx_count;
	uint64_t shifting_until_ns; /* 0: nothing is on the line */
	uint8_t shifting;
	uint8_t line[64]; /* what was sent, in order */
	uint32_t frames, selected_frames;
	uint32_t accesses;
} m;

uint64_t clock_us(void)
{
	m.now_ns += 1000;
	return m.now_ns / 1000;
}

static uint64_t frame_ns(void)
{
	return m.instant ? 0 : 8ull * 2 * (m.regs[SCKDIV / 4] + 1) * 1000000000 / INPUT_HZ;
}

/* What the device answers to the @n-th frame. */
static uint8_t answer(uint32_t n)
{
	return (uint8_t)(n * 37 + (n >> 8));
}

static void start_frame(void)
{
	m.shifting = m.tx[0];
	m.tx_count--;
	memmove(m.tx, m.tx + 1, m.tx_count);
	m.shifting_until_ns += frame_ns();
	/* AUTO would toggle the chip select around each frame. */
	assert_int_not_equal(m.regs[CSMODE / 4], CSMODE_AUTO);
}

static void advance(void)
{
	if (m.stuck)
		return;
	for (;;) {
		if (m.shifting_until_ns) {
			if (m.now_ns < m.shifting_until_ns)
				return;
			assert_true(m.rx_count < FIFO_DEPTH); /* an overflow loses a byte */
			m.rx[m.rx_count++] = answer(m.frames);
			m.line[m.frames % sizeof(m.line)] = m.shifting;
			m.selected_frames += m.regs[CSMODE / 4] == CSMODE_HOLD;
			m.frames++;
			if (!m.tx_count) {
				m.shifting_until_ns = 0;
				return;
			}
		} else if (m.tx_count) {
			m.shifting_until_ns = m.now_ns;
		} else {
			return;
		}
		start_frame();
	}
}

static uint32_t model_read32(uintptr_t addr)
{
	uint32_t value;

	m.now_ns += ACCESS_NS;
	m.accesses++;
	advance();
	if (addr != BASE + RXDATA)
		return m.regs[(addr - BASE) / 4];
	if (!m.rx_count)
		return 0x80000000;
	value = m.rx[0];
	memmove(m.rx, m.rx + 1, --m.rx_count);
	return value;
}

static void model_write32(uintptr_t addr, uint32_t value)
{
	m.now_ns += ACCESS_NS;
	m.accesses++;
	advance();
	if (addr == BASE + TXDATA) {
		assert_true(m.tx_count < FIFO_DEPTH); /* a full FIFO ignores it */
		m.tx[m.tx_count++] = (uint8_t)value;
		advance();
		return;
	}
	/* Set-up does not change under frames that are under way. */
	assert_int_equal(m.tx_count, 0);
	assert_int_equal(m.shifting_until_ns, 0);
	m.regs[(addr - BASE) / 4] = value;
}

static struct sifive_spi spi;

static int reset_controller(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.now_ns = 1;
	m.regs[CSDEF / 4] = 1;
	m.regs[FCTRL / 4] = 1;
	m.rx_count = FIFO_DEPTH; /* left behind */
	sifive_spi_init(&spi, BASE, INPUT_HZ, 0);
	assert_int_equal(m.rx_count, 0);
	assert_int_equal(m.regs[FCTRL / 4], 0);
	assert_int_equal(m.regs[CSMODE / 4], CSMODE_AUTO);
	assert_int_equal(m.regs[FMT / 4], 0x80000);
	assert_int_equal(m.regs[DELAY0 / 4], 0x10001);
	assert_int_equal(m.regs[DELAY1 / 4], 1);
	spi.bus.ops->set_speed(&spi.bus, 20000000);
	return 0;
}

static void takes_its_chip_select(void **state)
{
	(void)state;
	m.regs[SCKMODE / 4] = 3;
	m.regs[IE / 4] = 3;
	m.regs[CSDEF / 4] = 1;
	sifive_spi_init(&spi, BASE, INPUT_HZ, 2);
	assert_int_equal(m.regs[CSID / 4], 2);
	assert_int_equal(m.regs[CSDEF / 4], 5);
	assert_int_equal(m.regs[SCKMODE / 4], 0);
	assert_int_equal(m.regs[IE / 4], 0);
}

static void sets_no_more_than_the_speed_asked_for(void **state)
{
	static const uint32_t speeds[] = { 1,	     122070,   400000,	 399999,    12345678,
					   20000000, 25000000, 50000000, 250000000, UINT32_MAX };

	(void)state;
	for (unsigned int i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		uint32_t divisor, actual;

		spi.bus.ops->set_speed(&spi.bus, speeds[i]);
		divisor = m.regs[SCKDIV / 4];
		assert_true(divisor <= 0xfff);
		actual = INPUT_HZ / (2 * (divisor + 1));
		assert_true(actual <= speeds[i] || divisor == 0xfff);
		if (divisor)
			assert_true(INPUT_HZ > 2ull * divisor * speeds[i]);
	}
	spi.bus.ops->set_speed(&spi.bus, 0);
	assert_int_equal(m.regs[SCKDIV / 4], 0xfff);
}

/* Command byte, count of address bytes and the enabling bit; data on one line, no dummy cycles. */
static void shows_a_flash(void **state)
{
	(void)state;
	spi.bus.ops->show(&spi.bus, 0x13, 4);
	assert_int_equal(m.regs[FFMT / 4], 0x00130009);
	assert_int_equal(m.regs[FCTRL / 4], 1);
	spi.bus.ops->show(&spi.bus, 0, 0);
	assert_int_equal(m.regs[FCTRL / 4], 0);
	spi.bus.ops->show(&spi.bus, 0x03, 3);
	assert_int_equal(m.regs[FFMT / 4], 0x00030007);
}

static void moves_bytes_both_ways(void **state)
{
	static const uint32_t speeds[] = { 400000, 5000000, 25000000, 250000000 };
	uint8_t tx[600], rx[600];

	for (unsigned int i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++) {
		for (size_t length = 0; length < 40; length++) {
			reset_controller(state);
			spi.bus.ops->set_speed(&spi.bus, speeds[i]);
			spi.bus.ops->select(&spi.bus, true);
			memset(tx, 0x51, sizeof(tx));
			tx[length / 2] = 0x17;
			assert_int_equal(spi.bus.ops->transfer(&spi.bus, tx, rx, length), ERR_OK);
			assert_int_equal(m.frames, length);
			for (size_t n = 0; n < length; n++) {
				assert_int_equal(m.line[n], n == length / 2 ? 0x17 : 0x51);
				assert_int_equal(rx[n], answer((uint32_t)n));
			}
			assert_int_equal(spi.bus.ops->transfer(&spi.bus, NULL, rx, sizeof(rx)),
					 ERR_OK);
			for (size_t n = 0; n < sizeof(rx); n++)
				assert_int_equal(rx[n], answer((uint32_t)(length + n)));
			assert_int_equal(m.line[m.frames % sizeof(m.line)], 0xff);
			assert_int_equal(spi.bus.ops->transfer(&spi.bus, NULL, NULL, 11), ERR_OK);
			assert_int_equal(m.frames, length + sizeof(rx) + 11);
			assert_int_equal(m.selected_frames, m.frames);
			spi.bus.ops->select(&spi.bus, false);
			assert_int_equal(m.regs[CSMODE / 4], CSMODE_AUTO);
		}
	}
}

static void clocks_without_selecting(void **state)
{
	(void)state;
	assert_int_equal(spi.bus.ops->transfer(&spi.bus, NULL, NULL, 10), ERR_OK);
	assert_int_equal(m.frames, 10);
	assert_int_equal(m.selected_frames, 0);
	assert_int_equal(m.regs[CSMODE / 4], CSMODE_AUTO);
}

static void costs_two_accesses_a_byte(void **state)
{
	uint8_t rx[512];
	uint64_t start;

	(void)state;
	m.instant = true;
	spi.bus.ops->select(&spi.bus, true);
	m.accesses = 0;
	assert_int_equal(spi.bus.ops->transfer(&spi.bus, NULL, rx, sizeof(rx)), ERR_OK);
	assert_int_equal(m.accesses, 2 * sizeof(rx));

	/* And a real line never idles. */
	m.instant = false;
	start = m.now_ns;
	assert_int_equal(spi.bus.ops->transfer(&spi.bus, NULL, rx, sizeof(rx)), ERR_OK);
	assert_in_range(m.now_ns - start, frame_ns() * sizeof(rx), frame_ns() * (sizeof(rx) + 4));
}

static void gives_up_on_a_controller_that_stands_still(void **state)
{
	uint8_t rx[20];
	uint64_t start = m.now_ns;

	(void)state;
	m.stuck = true;
	spi.bus.ops->select(&spi.bus, true);
	assert_int_equal(spi.bus.ops->transfer(&spi.bus, NULL, rx, sizeof(rx)), ERR_SPI_TIMEOUT);
	m.tx_count = 0;
	assert_int_equal(spi.bus.ops->transfer(&spi.bus, rx, NULL, sizeof(rx)), ERR_SPI_TIMEOUT);
	assert_in_range(m.now_ns - start, 200000000, 250000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(takes_its_chip_select, reset_controller),
		cmocka_unit_test_setup(sets_no_more_than_the_speed_asked_for, reset_controller),
		cmocka_unit_test_setup(shows_a_flash, reset_controller),
		cmocka_unit_test_setup(moves_bytes_both_ways, reset_controller),
		cmocka_unit_test_setup(clocks_without_selecting, reset_controller),
		cmocka_unit_test_setup(costs_two_accesses_a_byte, reset_controller),
		cmocka_unit_test_setup(gives_up_on_a_controller_that_stands_still,
				       reset_controller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
