/* SPDX-License-Identifier: BSD-2-Clause */
/* SPI NOR flash: identification, plain reads, sectors of 4 KiB: what nearly every flash has in common. */
#include "drivers/flash/spi_nor.h"

#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/string.h"

#define BLOCK_SIZE 512

#define READ 0x03
#define READ_4 0x13 /* with an address of 4 bytes, in any mode */
#define PROGRAM 0x02
#define PROGRAM_4 0x12
#define ERASE 0x20 /* 4 KiB */
#define ERASE_4 0x21
#define WRITE_ENABLE 0x06
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
#define BASIC_ERASE 0
#define ERASE_4_KIB(word) (((word)&3) == 1 && ((word) >> 8 & 0xff) == ERASE)
#define BASIC_DENSITY 4
#define DENSITY_IS_EXPONENT (1u << 31)

#define WAKE_UP_US 1000
#define BUSY_TIMEOUT_US 5000000 /* a sector that is being erased */
#define SMALLEST 0x10000ull
#define THREE_BYTES 0x1000000ull
#define LARGEST 0x100000000ull
#define SECTOR_SIZE 0x1000u
#define SAMPLE 64
#define PAGE_SIZE 0x100u

/* Sends @command, then @length bytes of @data (NULL: none), or takes as many as its @answer. */
static enum err execute(const struct spi_nor *nor, const uint8_t *command, size_t command_length,
			const void *data, void *answer, size_t length)
{
	const struct spi_ops *ops = nor->bus->ops;
	enum err err;

	ops->select(nor->bus, true);
	err = ops->transfer(nor->bus, command, NULL, command_length);
	if (!err && length)
		err = ops->transfer(nor->bus, data, answer, length);
	ops->select(nor->bus, false);
	return err;
}

static enum err read_sfdp(const struct spi_nor *nor, uint32_t address, void *bytes, size_t length)
{
	const uint8_t command[] = { READ_SFDP, (uint8_t)(address >> 16), (uint8_t)(address >> 8),
				    (uint8_t)address, 0 };

	return execute(nor, command, sizeof(command), NULL, bytes, length);
}

/* In bytes; 0: the flash has no SFDP. Without it nothing says how it is erased, either. */
static enum err read_basics(struct spi_nor *nor, uint64_t *size)
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
	if (err)
		return err;
	nor->has_sectors = ERASE_4_KIB(load_le32(basic + BASIC_ERASE));
	density = load_le32(basic + BASIC_DENSITY);
	if (!(density & DENSITY_IS_EXPONENT))
		*size = ((uint64_t)density + 1) / 8;
	else if ((density & ~DENSITY_IS_EXPONENT) < 64)
		*size = 1ull << (density & ~DENSITY_IS_EXPONENT) >> 3;
	return ERR_OK;
}

/* The third byte of the id is, with nearly every maker, the logarithm of the size. */
static enum err find_size(struct spi_nor *nor, uint64_t *size)
{
	static const uint8_t command = READ_ID;
	uint8_t id[3] = { 0 };
	enum err err = execute(nor, &command, 1, NULL, id, sizeof(id));

	if (err)
		return err;
	if ((id[0] == 0 || id[0] == 0xff) && (id[1] == 0 || id[1] == 0xff))
		return ERR_NOR_NONE;
	err = read_basics(nor, size);
	if (!err && !*size && id[2] < 64)
		*size = 1ull << id[2];
	return err;
}

static enum err wait_idle(const struct spi_nor *nor)
{
	static const uint8_t command = READ_STATUS;
	uint64_t deadline = deadline_after(BUSY_TIMEOUT_US);
	uint8_t status = STATUS_BUSY;
	enum err err = ERR_OK;

	while (!err && status & STATUS_BUSY) {
		if (deadline_passed(deadline))
			return ERR_NOR_BUSY;
		err = execute(nor, &command, 1, NULL, &status, 1);
		if (status == 0xff)
			return ERR_NOR_NONE; /* nothing drives the line */
	}
	return err;
}

static enum err wake_up(const struct spi_nor *nor)
{
	static const uint8_t command = WAKE_UP;
	uint64_t deadline = deadline_after(WAKE_UP_US);
	enum err err = execute(nor, &command, 1, NULL, NULL, 0);

	while (!err && !deadline_passed(deadline))
		;
	return err ? err : wait_idle(nor);
}

/* A command for address @at, of 3 or 4 bytes. */
static enum err execute_at(const struct spi_nor *nor, uint8_t code_3, uint8_t code_4, uint32_t at,
			   const void *data, void *answer, size_t length)
{
	uint8_t command[5] = { nor->address_bytes == 4 ? code_4 : code_3 };

	for (unsigned int i = 0; i < nor->address_bytes; i++)
		command[1 + i] = (uint8_t)(at >> 8 * (nor->address_bytes - 1 - i));
	return execute(nor, command, 1 + (size_t)nor->address_bytes, data, answer, length);
}

static void read_window(const struct spi_nor *nor, uint32_t at, void *bytes, size_t length)
{
	struct spi_bus *bus = nor->bus;

	bus->ops->show(bus, nor->address_bytes == 4 ? READ_4 : READ, nor->address_bytes);
	memcpy(bytes, bus->window + at, length);
	bus->ops->show(bus, 0, 0);
}

static enum err read_bytes(const struct spi_nor *nor, uint32_t at, void *bytes, size_t length)
{
	if (at + (uint64_t)length <= nor->shown) {
		read_window(nor, at, bytes, length);
		return ERR_OK;
	}
	return execute_at(nor, READ, READ_4, at, NULL, bytes, length);
}

/* The window shows what comes over the line; a flash that begins blank tells nothing. */
static bool window_is_right(const struct spi_nor *nor)
{
	uint8_t read[SAMPLE], shown[SAMPLE];

	if (read_bytes(nor, 0, read, SAMPLE))
		return false;
	read_window(nor, 0, shown, SAMPLE);
	return !memcmp(read, shown, SAMPLE) && memcmp(read, read + 1, SAMPLE - 1);
}

static enum err spi_nor_read(struct block_device *block, uint64_t lba, uint32_t count, void *buffer)
{
	return read_bytes(block->driver, (uint32_t)(lba * BLOCK_SIZE), buffer,
			  (size_t)count * BLOCK_SIZE);
}

/* Erases a sector, or programs a page of it. */
static enum err change(const struct spi_nor *nor, uint8_t code_3, uint8_t code_4, uint32_t at,
		       const void *data, size_t length)
{
	static const uint8_t enable = WRITE_ENABLE;
	enum err err = execute(nor, &enable, 1, NULL, NULL, 0);

	if (!err)
		err = execute_at(nor, code_3, code_4, at, data, NULL, length);
	return err ? err : wait_idle(nor);
}

/* A flash does not say that it is protected: what it has been told has to be read back. */
static enum err write_sector(const struct spi_nor *nor, uint32_t at, const uint8_t *sector)
{
	enum err err = change(nor, ERASE, ERASE_4, at, NULL, 0);

	for (uint32_t page = 0; !err && page < SECTOR_SIZE; page += PAGE_SIZE) {
		uint8_t kept[PAGE_SIZE];

		err = change(nor, PROGRAM, PROGRAM_4, at + page, sector + page, PAGE_SIZE);
		if (!err)
			err = read_bytes(nor, at + page, kept, PAGE_SIZE);
		if (!err && memcmp(kept, sector + page, PAGE_SIZE))
			err = ERR_NOR_WRITE;
	}
	return err;
}

/* Sector by sector; what shares one with the blocks is written again. */
static enum err spi_nor_write(struct block_device *block, uint64_t lba, uint32_t count,
			      const void *buffer)
{
	static uint8_t sector[SECTOR_SIZE] __attribute__((aligned(8)));
	const struct spi_nor *nor = block->driver;
	uint64_t at = lba * BLOCK_SIZE, end = at + (uint64_t)count * BLOCK_SIZE;
	const uint8_t *from = buffer;
	enum err err = nor->has_sectors ? ERR_OK : ERR_BLOCK_READ_ONLY;

	while (!err && at < end) {
		uint32_t inside = at % SECTOR_SIZE;
		size_t part = MIN(SECTOR_SIZE - inside, end - at);

		err = read_bytes(nor, (uint32_t)(at - inside), sector, SECTOR_SIZE);
		if (!err && memcmp(sector + inside, from, part)) {
			memcpy(sector + inside, from, part);
			err = write_sector(nor, (uint32_t)(at - inside), sector);
		}
		from += part;
		at += part;
	}
	return err;
}

enum err spi_nor_open(struct spi_nor *nor, struct spi_bus *bus, uint32_t hz)
{
	static const struct block_ops ops = { .read = spi_nor_read,
					      .write = BLOCK_WRITE(spi_nor_write) };
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
	if (bus->window_size && window_is_right(nor))
		nor->shown = MIN(size, bus->window_size);
	nor->block = (struct block_device){
		.ops = &ops,
		.driver = nor,
		.name = "SPI NOR",
		.block_size = BLOCK_SIZE,
		.block_count = size / BLOCK_SIZE,
	};
	return ERR_OK;
}
