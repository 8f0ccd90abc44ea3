/* SPDX-License-Identifier: BSD-2-Clause */
/* SPI NOR flash against a model of one that decodes what comes over the bus, byte by byte. */
/* sources: drivers/flash/spi_nor.c drivers/block/block.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/flash/spi_nor.h"
#include "lib/bits.h"
#include "lib/clock.h"

#define KIB 1024ull
#define MIB (1024 * KIB)

static struct {
	uint8_t id[3];
	uint8_t sfdp[256];
	uint32_t busy; /* status reads */
	bool absent, asleep, stuck;
	uint64_t size;
	uint64_t now_us;

	uint8_t sent[16]; /* since it was selected */
	uint32_t sent_count, answered;
	bool selected;
	uint32_t hz;
} m;

static struct spi_nor nor;
static uint8_t buffer[8192];

uint64_t clock_us(void)
{
	return m.now_us += 10;
}

static uint8_t content(uint64_t at)
{
	return (uint8_t)(at * 7 + (at >> 8) * 3 + (at >> 16) * 5 + (at >> 24));
}

static uint32_t sent_address(unsigned int bytes)
{
	uint32_t address = 0;

	assert_true(m.sent_count >= 1 + bytes);
	for (unsigned int i = 0; i < bytes; i++)
		address = address << 8 | m.sent[1 + i];
	return address;
}

/* What it sends as the @n-th byte of its answer. */
static uint8_t answer(uint32_t n)
{
	if (m.absent)
		return 0xff;
	if (m.asleep)
		return 0;
	switch (m.sent[0]) {
	case 0x05:
		return m.busy && m.busy-- ? 1 : 0;
	case 0x9f:
		return n < 3 ? m.id[n] : 0;
	case 0x5a:
		assert_int_equal(m.sent_count, 5);
		return m.sfdp[(sent_address(3) + n) % sizeof(m.sfdp)];
	case 0x03:
		assert_int_equal(m.sent_count, 4);
		return content((sent_address(3) + n) % m.size);
	case 0x13:
		assert_int_equal(m.sent_count, 5);
		return content((sent_address(4) + n) % m.size);
	default:
		fail();
		return 0;
	}
}

static void set_speed(struct spi_bus *bus, uint32_t hz)
{
	(void)bus;
	m.hz = hz;
}

static void select_flash(struct spi_bus *bus, bool active)
{
	(void)bus;
	if (active)
		m.sent_count = m.answered = 0;
	else if (m.selected && m.sent[0] == 0xab)
		m.asleep = false;
	m.selected = active;
}

static enum err transfer(struct spi_bus *bus, const uint8_t *tx, uint8_t *rx, size_t length)
{
	(void)bus;
	assert_true(m.selected);
	if (m.stuck)
		return ERR_SPI_TIMEOUT;
	for (size_t i = 0; i < length; i++) {
		if (tx)
			m.sent[m.sent_count++ % sizeof(m.sent)] = tx[i];
		if (rx)
			rx[i] = answer(m.answered++);
	}
	return ERR_OK;
}

static const struct spi_ops ops = { set_speed, select_flash, transfer };
static struct spi_bus bus = { .ops = &ops };

static int flash(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	memcpy(m.id, "\x9d\x70\x19", 3);
	m.size = 32 * MIB;
	return 0;
}

static void set32(unsigned int at, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		m.sfdp[at + i] = (uint8_t)(value >> 8 * i);
}

static void set_sfdp(uint32_t density)
{
	set32(0, 0x50444653);
	set32(8, 0x10010600);
	set32(12, 0xff000030);
	set32(0x34, density);
}

static void assert_reads(uint64_t lba)
{
	assert_int_equal(block_read(&nor.block, lba, 5, buffer), ERR_OK);
	for (unsigned int i = 0; i < 5 * 512; i++)
		assert_int_equal(buffer[i], content(lba * 512 + i));
	assert_false(m.selected);
}

static void reads_with_addresses_of_three_and_four_bytes(void **state)
{
	(void)state;
	m.asleep = true;
	m.busy = 5;
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(m.hz, 50000000);
	assert_int_equal(nor.block.block_count, 65536);
	assert_reads(0);
	assert_reads(2082);
	assert_reads(65531);
	assert_int_equal(m.sent[0], 0x13);
	assert_int_equal(block_read(&nor.block, 65532, 5, buffer), ERR_BLOCK_RANGE);

	m.id[2] = 0x18;
	m.size = 16 * MIB;
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(nor.block.block_count, 32768);
	assert_reads(32763);
	assert_int_equal(m.sent[0], 0x03);
}

static void sfdp_counts_more_than_the_id(void **state)
{
	(void)state;
	m.size = 128 * MIB;
	set_sfdp(0x3fffffff);
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(nor.block.block_count, 262144);
	assert_reads(262139);
	m.size = 4096 * MIB;
	set_sfdp(0x80000000 | 35);
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(nor.block.block_count, 4096 * MIB / 512);
	assert_reads(4096 * MIB / 512 - 5);
	/* Another table first, or too short a one: as if there was none. */
	m.size = 32 * MIB;
	set32(12, 0x01000030);
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(nor.block.block_count, 65536);
	set32(12, 0xff000030);
	set32(8, 0x01010600);
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(nor.block.block_count, 65536);
}

static void refuses_sizes_that_cannot_be(void **state)
{
	static const uint32_t densities[] = { 0x80000000 | 36, 0x80000000 | 63, 0x80000000 | 64,
					      0xffffffff,      0x80000000 | 3,	7 };

	(void)state;
	m.id[2] = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(densities); i++) {
		set_sfdp(densities[i]);
		assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_NOR_SIZE);
	}
	flash(NULL);
	m.id[2] = 0xff;
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_NOR_SIZE);
}

static void tells_what_is_wrong(void **state)
{
	(void)state;
	m.absent = true;
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_NOR_NONE);
	flash(NULL);
	memset(m.id, 0, sizeof(m.id));
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_NOR_NONE);
	flash(NULL);
	m.busy = UINT32_MAX;
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_NOR_BUSY);
	assert_in_range(m.now_us, 5000000, 5100000);
	flash(NULL);
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	m.stuck = true;
	assert_int_equal(block_read(&nor.block, 0, 1, buffer), ERR_SPI_TIMEOUT);
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_SPI_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_with_addresses_of_three_and_four_bytes, flash),
		cmocka_unit_test_setup(sfdp_counts_more_than_the_id, flash),
		cmocka_unit_test_setup(refuses_sizes_that_cannot_be, flash),
		cmocka_unit_test_setup(tells_what_is_wrong, flash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
