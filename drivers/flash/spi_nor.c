/* SPDX-License-Identifier: BSD-2-Clause */
/* SPI NOR flash: identification and plain reads, which every flash has in common. */
#include "drivers/flash/spi_nor.h"

#include "lib/bits.h"
#include "lib/clock.h"

#define BLOCK_SIZE 512

#define READ 0x03
#define READ_4 0x13 /* with an address of 4 bytes, in any mode */
#define READ_STATUS 0x05
#define READ_SFDP 0x5a
#define READ_ID 0x9f
#define WAKE_UP 0xab

#define STATUS_BUSY 0x01

/* SFDP: its header, and that of the first table, the basic one (JESD216B 6.1 to 6.4) */
#define SFDP_SIGNATURE 0x50444653
#define SFDP_TABLE_WORDS 11
#define SFDP_TABLE_AT 12 /* 24 bits; above them the upper byte of the table's id */
#define SFDP_BASIC_HIGH 0xff
#define BASIC_DENSITY 4
#define DENSITY_IS_EXPONENT (1u << 31)

#define WAKE_UP_US 1000
#define BUSY_TIMEOUT_US 5000000 /* a sector that is being erased */
#define SMALLEST 0x10000ull
#define THREE_BYTES 0x1000000ull
#define LARGEST 0x100000000ull

/* Sends @command and takes @length bytes of its answer. */
static enum err execute(const struct spi_nor *nor, const uint8_t *command, size_t command_length,
			void *answer, size_t length)
{
	const struct spi_ops *ops = nor->bus->ops;
	enum err err;

	ops->select(nor->bus, true);
	err = ops->transfer(nor->bus, command, NULL, command_length);
	if (!err && length)
		err = ops->transfer(nor->bus, NULL, answer, length);
	ops->select(nor->bus, false);
	return err;
}

static enum err read_sfdp(const struct spi_nor *nor, uint32_t address, void *bytes, size_t length)
{
	const uint8_t command[] = { READ_SFDP, (uint8_t)(address >> 16), (uint8_t)(address >> 8),
				    (uint8_t)address, 0 };

	return execute(nor, command, sizeof(command), bytes, length);
}

/* In bytes; 0: the flash has no SFDP. */
static enum err sfdp_size(const struct spi_nor *nor, uint64_t *size)
{
	uint8_t header[16], basic[8];
	uint32_t table, density;
	enum err err = read_sfdp(nor, 0, header, sizeof(header));

	*size = 0;
	if (err || load_le32(header) != SFDP_SIGNATURE || header[SFDP_TABLE_WORDS] < 2)
		return err;
	table = load_le32(header + SFDP_TABLE_AT);
	if (table >> 24 != SFDP_BASIC_HIGH)
		return ERR_OK;
	err = read_sfdp(nor, table & 0xffffff, basic, sizeof(basic));
	density = load_le32(basic + BASIC_DENSITY);
	if (!(density & DENSITY_IS_EXPONENT))
		*size = ((uint64_t)density + 1) / 8;
	else if ((density & ~DENSITY_IS_EXPONENT) < 64)
		*size = 1ull << (density & ~DENSITY_IS_EXPONENT) >> 3;
	return err;
}

/* The third byte of the id is, with nearly every maker, the logarithm of the size. */
static enum err find_size(const struct spi_nor *nor, uint64_t *size)
{
	static const uint8_t command = READ_ID;
	uint8_t id[3] = { 0 };
	enum err err = execute(nor, &command, 1, id, sizeof(id));

	if (err)
		return err;
	if ((id[0] == 0 || id[0] == 0xff) && (id[1] == 0 || id[1] == 0xff))
		return ERR_NOR_NONE;
	err = sfdp_size(nor, size);
	if (!err && !*size && id[2] < 64)
		*size = 1ull << id[2];
	return err;
}

static enum err wake_up(const struct spi_nor *nor)
{
	static const uint8_t release = WAKE_UP, status = READ_STATUS;
	uint64_t deadline = deadline_after(WAKE_UP_US);
	uint8_t value = STATUS_BUSY;
	enum err err = execute(nor, &release, 1, NULL, 0);

	while (!err && !deadline_passed(deadline))
		;
	deadline = deadline_after(BUSY_TIMEOUT_US);
	while (!err && value & STATUS_BUSY) {
		if (deadline_passed(deadline))
			return ERR_NOR_BUSY;
		err = execute(nor, &status, 1, &value, 1);
		if (value == 0xff)
			return ERR_NOR_NONE; /* nothing drives the line */
	}
	return err;
}

static enum err spi_nor_read(struct block_device *block, uint64_t lba, uint32_t count, void *buffer)
{
	const struct spi_nor *nor = block->driver;
	uint32_t at = (uint32_t)(lba * BLOCK_SIZE);
	uint8_t command[5] = { nor->address_bytes == 4 ? READ_4 : READ };

	for (unsigned int i = 0; i < nor->address_bytes; i++)
		command[1 + i] = (uint8_t)(at >> 8 * (nor->address_bytes - 1 - i));
	return execute(nor, command, 1 + (size_t)nor->address_bytes, buffer,
		       (size_t)count * BLOCK_SIZE);
}

enum err spi_nor_open(struct spi_nor *nor, struct spi_bus *bus, uint32_t hz)
{
	static const struct block_ops ops = { .read = spi_nor_read };
	uint64_t size = 0;
	enum err err;

	*nor = (struct spi_nor){ .bus = bus };
	bus->ops->set_speed(bus, hz);
	bus->ops->select(bus, false);
	err = wake_up(nor);
	if (!err)
		err = find_size(nor, &size);
	if (err)
		return err;
	if (size < SMALLEST || size > LARGEST)
		return ERR_NOR_SIZE;
	nor->address_bytes = size > THREE_BYTES ? 4 : 3;
	nor->block = (struct block_device){
		.ops = &ops,
		.driver = nor,
		.name = "SPI NOR",
		.block_size = BLOCK_SIZE,
		.block_count = size / BLOCK_SIZE,
	};
	return ERR_OK;
}
