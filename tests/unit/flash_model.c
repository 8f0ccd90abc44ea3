/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/flash_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 0x1000000U

static const struct flash_cells *cells;
static uint8_t command[8], page[FLASH_PAGE];
static size_t command_length, page_length;
static bool enabled;

/* SFDP's header, and of its basic table that there are sectors of 4 KiB, and how many bits. */
static const uint8_t sfdp[32] = { 'S',	'F',  'D',  'P',  6,	1,    0,    0xff,
				  0,	6,    1,    16,	  16,	0,    0,    0xff,
				  0xe5, 0x20, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07 };

static uint32_t address(void)
{
	uint32_t at = (uint32_t)command[1] << 16 | (uint32_t)command[2] << 8 | command[3];

	assert_true(at < SIZE);
	return at;
}

static void set_speed(struct spi_bus *bus, uint32_t hz)
{
	(void)bus;
	(void)hz;
}

static void obey(void)
{
	switch (command[0]) {
	case 0x06:
		enabled = true;
		return;
	case 0x20:
		assert_true(enabled);
		cells->erase(address() & ~(FLASH_SECTOR - 1));
		break;
	case 0x02:
		assert_true(enabled);
		assert_true(address() % FLASH_PAGE + page_length <= FLASH_PAGE);
		cells->program(address(), page, page_length);
		break;
	}
	enabled = false;
}

static void select_flash(struct spi_bus *bus, bool active)
{
	(void)bus;
	if (!active && command_length)
		obey();
	command_length = page_length = 0;
}

static void answer(uint8_t *bytes, size_t length)
{
	static const uint8_t id[] = { 0x9d, 0x70, 0x18 };

	switch (command[0]) {
	case 0x03:
		cells->read(address(), bytes, length);
		return;
	case 0x05:
		assert_int_equal(length, 1);
		*bytes = 0;
		return;
	case 0x5a:
		assert_true(address() + length <= sizeof(sfdp));
		memcpy(bytes, sfdp + address(), length);
		return;
	case 0x9f:
		memcpy(bytes, id, length);
		return;
	}
	fail();
}

static enum err transfer(struct spi_bus *bus, const uint8_t *tx, uint8_t *rx, size_t length)
{
	(void)bus;
	if (rx) {
		answer(rx, length);
	} else if (!command_length) {
		assert_true(length <= sizeof(command));
		memcpy(command, tx, length);
		command_length = length;
	} else {
		assert_true(page_length + length <= sizeof(page));
		memcpy(page + page_length, tx, length);
		page_length += length;
	}
	return ERR_OK;
}

struct spi_bus *flash_model(const struct flash_cells *of)
{
	static const struct spi_ops ops = { .set_speed = set_speed,
					    .select = select_flash,
					    .transfer = transfer };
	static struct spi_bus bus = { .ops = &ops };

	cells = of;
	return &bus;
}
