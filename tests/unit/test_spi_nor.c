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

	uint8_t window[16 * KIB]; /* what is not content() */
	uint64_t window_at;
	bool enabled, protected;
	unsigned int erased, programmed;
	uint32_t busy_after; /* each change */

	uint8_t sent[16]; /* since it was selected */
	uint32_t sent_count, answered;
	bool selected;
	uint32_t hz;

	bool showing, mute; /* the window of the bus; mute: it shows nothing */
	unsigned int shown; /* how often */
} m;

static uint8_t shown[64 * KIB];

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

static uint8_t *kept(uint64_t at)
{
	return at - m.window_at < sizeof(m.window) ? m.window + (at - m.window_at) : NULL;
}

static uint8_t stored(uint64_t at)
{
	return kept(at) ? *kept(at) : content(at);
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
		return stored((sent_address(3) + n) % m.size);
	case 0x13:
		assert_int_equal(m.sent_count, 5);
		return stored((sent_address(4) + n) % m.size);
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

static unsigned int address_bytes(void)
{
	return m.size > 16 * MIB ? 4 : 3;
}

/* In its page, and only from ones to zeros. */
static void program(uint8_t byte)
{
	uint32_t address = sent_address(address_bytes());
	uint32_t n = m.sent_count - 1 - address_bytes();

	assert_true(n < 256);
	assert_non_null(kept(address));
	if (m.enabled && !m.protected)
		*kept((address & ~0xffu) | ((address + n) & 0xff)) &= byte;
}

static void obey(void)
{
	bool wide = address_bytes() == 4;

	assert_int_equal(m.busy && m.sent[0] != 0x05 && m.sent[0] != 0xab, 0);
	switch (m.sent[0]) {
	case 0xab:
		m.asleep = false;
		return;
	case 0x06:
		m.enabled = true;
		return;
	case 0x20:
	case 0x21:
		assert_int_equal(m.sent[0], wide ? 0x21 : 0x20);
		assert_int_equal(m.sent_count, 1 + address_bytes());
		assert_non_null(kept(sent_address(address_bytes()) & ~0xfffu));
		if (m.enabled && !m.protected)
			memset(kept(sent_address(address_bytes()) & ~0xfffu), 0xff, 4096);
		m.erased++;
		break;
	case 0x02:
	case 0x12:
		assert_int_equal(m.sent[0], wide ? 0x12 : 0x02);
		m.programmed++;
		break;
	default:
		return;
	}
	m.enabled = false;
	m.busy = m.busy_after;
}

static void select_flash(struct spi_bus *bus, bool active)
{
	(void)bus;
	if (active)
		m.sent_count = m.answered = 0;
	else if (m.selected)
		obey();
	m.selected = active;
}

static enum err transfer(struct spi_bus *bus, const uint8_t *tx, uint8_t *rx, size_t length)
{
	(void)bus;
	assert_true(m.selected && !m.showing);
	if (m.stuck)
		return ERR_SPI_TIMEOUT;
	for (size_t i = 0; i < length; i++) {
		if (tx && m.sent_count >= 1 + address_bytes() && (m.sent[0] & ~0x10) == 0x02)
			program(tx[i]);
		else if (tx)
			m.sent[m.sent_count % sizeof(m.sent)] = tx[i];
		m.sent_count += !!tx;
		if (rx)
			rx[i] = answer(m.answered++);
	}
	return ERR_OK;
}

static void show(struct spi_bus *bus, uint8_t command, unsigned int bytes)
{
	(void)bus;
	assert_false(m.selected);
	m.showing = command;
	memset(shown, 0, sizeof(shown));
	if (!command || m.mute)
		return;
	assert_int_equal(command, bytes == 4 ? 0x13 : 0x03);
	assert_int_equal(bytes, address_bytes());
	m.shown++;
	for (uint64_t at = 0; at < sizeof(shown); at++)
		shown[at] = stored(at);
}

static const struct spi_ops ops = { set_speed, select_flash, transfer, show };
static struct spi_bus bus = { .ops = &ops };

static int flash(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	memcpy(m.id, "\x9d\x70\x19", 3);
	m.window_at = UINT64_MAX / 2;
	m.size = 32 * MIB;
	bus.window_size = 0;
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

static void reads_from_the_window_what_it_shows(void **state)
{
	static const uint64_t sizes[] = { 16 * MIB, 32 * MIB };

	(void)state;
	bus.window = shown;
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		m.size = sizes[i];
		m.id[2] = (uint8_t)(0x18 + i);
		bus.window_size = sizeof(shown);
		assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
		m.shown = 0;
		m.sent[0] = 0;
		assert_reads(0);
		assert_reads(sizeof(shown) / 512 - 5);
		assert_int_equal(m.shown, 2);
		assert_int_equal(m.sent[0], 0);
		/* The rest of the flash, and what is in both. */
		assert_reads(sizeof(shown) / 512 - 4);
		assert_reads(m.size / 512 - 5);
		assert_int_equal(m.shown, 2);
		assert_false(m.showing);
	}
}

static void assert_no_window(void)
{
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	m.shown = 0;
	assert_reads(0);
	assert_int_equal(m.shown, 0);
}

static void does_not_trust_a_window(void **state)
{
	(void)state;
	bus.window = shown;
	bus.window_size = sizeof(shown);
	m.mute = true;
	assert_no_window();
	m.mute = false;
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(nor.shown, sizeof(shown));
	/* A blank flash looks like nothing at all. */
	m.window_at = 0;
	memset(m.window, 0xff, sizeof(m.window));
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(nor.shown, 0);
}

static void assert_writes(uint64_t lba, uint32_t count)
{
	uint64_t first = lba * 512 - m.window_at;
	static uint8_t before[sizeof(m.window)];

	memcpy(before, m.window, sizeof(before));
	for (uint32_t i = 0; i < count * 512; i++)
		buffer[i] = (uint8_t)(i * 11 + (i >> 8) + lba);
	assert_int_equal(block_write(&nor.block, lba, count, buffer), ERR_OK);
	memcpy(before + first, buffer, count * 512);
	assert_memory_equal(m.window, before, sizeof(before));
	assert_false(m.selected);
}

static void open_writable(uint64_t size, uint64_t window_at)
{
	flash(NULL);
	m.size = size;
	set_sfdp((uint32_t)(size * 8 - 1));
	set32(0x30, 0xfff120e5);
	m.busy_after = 3;
	m.window_at = window_at;
	for (unsigned int i = 0; i < sizeof(m.window); i++)
		m.window[i] = content(window_at + i);
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
}

static void writes_whole_sectors(void **state)
{
	static const uint64_t sizes[] = { 8 * MIB, 16 * MIB, 32 * MIB };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t at = sizes[i] - sizeof(m.window), lba = at / 512;

		open_writable(sizes[i], at);
		assert_writes(lba, 1);
		assert_int_equal(m.erased, 1);
		assert_int_equal(m.programmed, 16);
		assert_writes(lba + 7, 2);
		assert_int_equal(m.erased, 3);
		assert_writes(lba + 16, 16);
		assert_int_equal(m.erased, 5);
		/* Once more the same: a flash wears out. */
		assert_int_equal(block_write(&nor.block, lba + 16, 16, buffer), ERR_OK);
		assert_int_equal(m.erased, 5);
		assert_int_equal(block_write(&nor.block, lba + 31, 2, buffer), ERR_BLOCK_RANGE);
	}
}

static void says_when_it_cannot_write(void **state)
{
	(void)state;
	open_writable(16 * MIB, 0);
	m.protected = true;
	assert_int_equal(block_write(&nor.block, 0, 1, buffer), ERR_NOR_WRITE);
	open_writable(16 * MIB, 0);
	m.busy_after = UINT32_MAX;
	buffer[0] ^= 1;
	assert_int_equal(block_write(&nor.block, 0, 1, buffer), ERR_NOR_BUSY);
	/* Other sectors, or no word of them. */
	open_writable(16 * MIB, 0);
	set32(0x30, 0xfff1d8e7);
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(block_write(&nor.block, 0, 1, buffer), ERR_BLOCK_READ_ONLY);
	flash(NULL);
	assert_int_equal(spi_nor_open(&nor, &bus, 50000000), ERR_OK);
	assert_int_equal(block_write(&nor.block, 0, 1, buffer), ERR_BLOCK_READ_ONLY);
	assert_int_equal(m.erased, 0);
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
		cmocka_unit_test_setup(reads_from_the_window_what_it_shows, flash),
		cmocka_unit_test_setup(does_not_trust_a_window, flash),
		cmocka_unit_test_setup(writes_whole_sectors, flash),
		cmocka_unit_test_setup(says_when_it_cannot_write, flash),
		cmocka_unit_test_setup(refuses_sizes_that_cannot_be, flash),
		cmocka_unit_test_setup(tells_what_is_wrong, flash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
