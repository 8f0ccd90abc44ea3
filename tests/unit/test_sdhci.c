/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SDHCI driver over a model of a controller and the card in its slot: the card insists on its states,
 * frequencies and widths; DMA really writes; everything can fail or hang.
 */
/* sources: drivers/block/block.c lib/meanwhile.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "lib/meanwhile.h"
#include "lib/riscv/io.h"

static uint32_t model_read(uintptr_t addr, unsigned int width);
static void model_write(uintptr_t addr, unsigned int width, uint32_t value);

#define mmio_read8(addr) ((uint8_t)model_read(addr, 1))
#define mmio_read16(addr) ((uint16_t)model_read(addr, 2))
#define mmio_read32(addr) model_read(addr, 4)
#define mmio_write8(addr, value) model_write(addr, 1, value)
#define mmio_write16(addr, value) model_write(addr, 2, value)
#define mmio_write32(addr, value) model_write(addr, 4, value)
#include "drivers/mmc/sdhci.c"

#define BASE 0x40000000u
#define BLOCK 512u
#define FOREVER UINT32_MAX
#define BUFFER_SIZE (8u << 20)

enum state { IDLE, READY, IDENT, STBY, TRAN };

enum fault {
	NO_FAULT,
	NO_RESPONSE,
	COMMAND_CRC,
	COMMAND_HANGS, /* the controller never says that it is done */
	DATA_CRC,      /* after half of the data */
	DATA_HANGS,
	DMA_ERROR,
	CARD_ERROR,   /* in the card's status */
	PROTECTED,    /* the same: a part of it is write-protected */
	BUSY_FOREVER, /* after R1b */
};

static struct {
	/* What they are */
	uint32_t capabilities;
	uint8_t version;
	bool no_card, mmc, version_1, block_addressed, low_voltage, no_csd;
	bool reset_hangs, clock_unstable, inhibited, switch_locked;
	uint32_t blocks;
	uint32_t ready_after, write_polls;

	/* What goes wrong: from the @fault_at-th command @fault_index on, @fault_count times */
	enum fault fault;
	uint8_t fault_index;
	uint32_t fault_at, fault_count, fault_seen;

	/* What they are doing */
	uint64_t now_us;
	uint8_t regs[256];
	enum state state;
	bool app, four_bits, illegal, writing;
	uint32_t polls, reads, writes, stops, commands, bytes, programming;
	uint64_t written_lba;
	uint32_t written_bytes;
	uint8_t written[64 * BLOCK];
} m;

static struct sdhci_wiring wiring;

uint64_t clock_us(void)
{
	return m.now_us++;
}

static uint8_t content(uint64_t lba, uint32_t i)
{
	return (uint8_t)(lba * 31 + i * 7 + (lba >> 8) + (i >> 8));
}

static uint32_t get(unsigned int reg)
{
	return load_le32(m.regs + reg);
}

static void set(unsigned int reg, uint32_t value)
{
	memcpy(m.regs + reg, &value, 4);
}

static void raise_int(uint32_t bits)
{
	set(INT_STATUS, get(INT_STATUS) | (bits & get(INT_STATUS_ENABLE)));
	if (get(INT_STATUS) >> 16)
		set(INT_STATUS, get(INT_STATUS) | INT_ERROR);
}

static uint32_t card_hz(void)
{
	uint32_t control = get(CLOCK_CONTROL) & 0xffff;
	uint32_t mhz = m.capabilities >> 8 & 0xff;
	uint32_t base = mhz ? mhz * 1000000u : wiring.clock_hz;
	uint32_t divider = control >> 8;

	if ((control & 7) != 7)
		return 0;
	if (m.version >= 2)
		divider |= (control & 0xc0) << 2;
	return divider ? base / (2 * divider) : base;
}

static void move(uint64_t address, uint32_t *lba, uint32_t *at, uint32_t length)
{
	uint8_t *memory = (uint8_t *)(uintptr_t)address;

	assert_int_equal(address % 4, 0);
	while (length--) {
		if (m.writing && m.written_bytes < sizeof(m.written))
			m.written[m.written_bytes++] = *memory++;
		else if (!m.writing)
			*memory++ = content(*lba, *at);
		m.bytes++;
		if (++*at == BLOCK) {
			*at = 0;
			++*lba;
		}
	}
}

static void run_adma(uint32_t lba, uint32_t length)
{
	bool wide = (m.regs[HOST_CONTROL_1] >> 3 & 3) == 3;
	uint64_t table = get(ADMA_ADDRESS) | (wide ? (uint64_t)get(ADMA_ADDRESS + 4) << 32 : 0);
	const uint32_t *word = (const uint32_t *)(uintptr_t)table;
	uint32_t at = 0, attributes;

	assert_int_equal(table % 4, 0);
	do {
		uint32_t line = word[0] >> 16 ? word[0] >> 16 : 0x10000;
		uint64_t address = word[1] | (wide ? (uint64_t)word[2] << 32 : 0);

		attributes = word[0] & 0xffff;
		assert_int_equal(attributes & ~2u, 0x21);
		assert_true(line <= length);
		move(address, &lba, &at, line);
		length -= line;
		word += wide ? 3 : 2;
	} while (!(attributes & 2));
	assert_int_equal(length, 0);
}

static void run_sdma(uint32_t lba, uint32_t length)
{
	uint32_t address = get(SDMA_ADDRESS), at = 0;

	/* The model does not go on after a boundary, as QEMU since its CVE-2021-3409 fix. */
	assert_int_equal(get(BLOCK_SIZE_COUNT) >> 12 & 7, 7);
	assert_true(address / 0x80000 == (address + length - 1) / 0x80000);
	move(address, &lba, &at, length);
}

static void move_blocks(uint32_t argument, uint32_t mode, bool many, enum fault fault)
{
	uint32_t lba = m.block_addressed ? argument : argument / BLOCK;
	uint32_t count = many ? get(BLOCK_SIZE_COUNT) >> 16 : 1;
	uint32_t fit = lba + count <= m.blocks ? count : m.blocks - lba;

	assert_int_equal(get(BLOCK_SIZE_COUNT) & 0xfff, BLOCK);
	assert_int_equal(mode & 1, 1);
	assert_int_equal(!(mode & 0x10), m.writing);
	assert_int_equal(!!(mode & 0x20), many);
	if (many)
		assert_int_equal(mode & 0xe, 0x6); /* count, auto CMD12 */
	if (m.writing) {
		m.writes++;
		m.written_lba = lba;
		m.written_bytes = 0;
	} else {
		m.reads++;
	}
	if (fault == DMA_ERROR) {
		raise_int(INT_ADMA_ERROR);
		return;
	}
	if (fault == DATA_HANGS)
		return;
	if (m.regs[HOST_CONTROL_1] >> 3 & 3)
		run_adma(lba, count * BLOCK);
	else
		run_sdma(lba, count * BLOCK);
	if (fault == DATA_CRC)
		raise_int(1u << 21);
	else if (fit < count)
		raise_int(INT_DATA_TIMEOUT);
	else {
		m.programming = m.writing ? m.write_polls : 0;
		raise_int(INT_TRANSFER_COMPLETE);
	}
}

static void put_bits(unsigned int low, unsigned int count, uint32_t value)
{
	for (unsigned int i = 0; i < count; i++)
		m.regs[RESPONSE + (low + i - 8) / 8] |= (value >> i & 1) << (low + i - 8) % 8;
}

static void say_csd(void)
{
	memset(m.regs + RESPONSE, 0, 16);
	if (m.no_csd) {
		put_bits(126, 2, 3);
	} else if (m.block_addressed) {
		put_bits(126, 2, 1);
		put_bits(48, 22, m.blocks / 1024 - 1);
	} else {
		put_bits(80, 4, 10); /* blocks of 1 KiB */
		put_bits(47, 3, 7);  /* times 512 */
		put_bits(62, 12, m.blocks / 1024 - 1);
	}
}

/* Is the command legal, and what does the card do? False: it does not answer. */
static bool card_command(uint8_t index, uint32_t argument)
{
	bool app = m.app;
	uint32_t status = (uint32_t)m.state << 9 | (m.illegal ? STATUS_ILLEGAL_COMMAND : 0);

	m.app = false;
	m.illegal = false;
	if (index == 0) {
		m.state = IDLE;
		m.four_bits = false;
		m.polls = 0;
		return true;
	}
	set(RESPONSE, status);
	if (index == 8 && m.state == IDLE) {
		set(RESPONSE, m.low_voltage ? 0x0aa : argument);
		return !m.version_1 && !m.mmc;
	}
	if (index == 55 && !m.mmc) {
		assert_int_equal(argument >> 16, m.state >= STBY ? 0x4567 : 0);
		m.app = true;
		return true;
	}
	if (app && index == 41 && m.state == IDLE) {
		bool ready = ++m.polls >= m.ready_after;

		assert_int_equal(argument & 0x00300000, 0x00300000);
		if (m.block_addressed && !(argument & 0x40000000))
			ready = false;
		if (ready)
			m.state = READY;
		set(RESPONSE, 0x00ff8000 | (ready ? 0x80000000 : 0) |
				      (ready && m.block_addressed ? 0x40000000 : 0));
		return true;
	}
	if (index == 2 && m.state == READY) {
		m.state = IDENT;
		return true;
	}
	if (index == 3 && m.state == IDENT) {
		m.state = STBY;
		set(RESPONSE, 0x45670500);
		return true;
	}
	if (index == 9 && m.state == STBY) {
		assert_int_equal(argument, 0x45670000);
		say_csd();
		return true;
	}
	if (index == 7 && m.state == STBY && argument == 0x45670000) {
		m.state = TRAN;
		return true;
	}
	if (m.state != TRAN)
		return false;
	if (app && index == 6) {
		assert_int_equal(argument, 2);
		m.four_bits = true;
		return true;
	}
	if (index == 12) {
		m.stops++;
		m.illegal = true; /* nothing was going on */
		return false;
	}
	if (index == 13 && m.programming && m.programming--)
		set(RESPONSE, 7u << 9); /* the card still writes */
	return index == 13 || index == 16 || index == 17 || index == 18 || index == 24 ||
	       index == 25;
}

static enum fault fault_now(uint8_t index)
{
	if (m.fault == NO_FAULT || (m.fault_index && index != m.fault_index))
		return NO_FAULT;
	if (m.fault_seen++ < m.fault_at || m.fault_seen - m.fault_at > m.fault_count)
		return NO_FAULT;
	return m.fault;
}

static void execute(uint32_t word)
{
	uint8_t index = word >> 24 & 0x3f;
	uint32_t argument = get(ARGUMENT);
	enum fault fault = fault_now(index);

	m.commands++;
	assert_int_equal(m.regs[POWER_CONTROL], POWER_3V3_ON);
	assert_true(card_hz() > 0);
	assert_true(card_hz() <= (m.state < TRAN ? 400000u : 25000000u));
	if (fault == COMMAND_HANGS)
		return;
	if (fault == NO_RESPONSE || fault == COMMAND_CRC) {
		raise_int(fault == COMMAND_CRC ? 1u << 17 : INT_COMMAND_TIMEOUT);
		return;
	}
	assert_true(index != 12 || (word & COMMAND_ABORT) == COMMAND_ABORT);
	if (!card_command(index, argument)) {
		raise_int(INT_COMMAND_TIMEOUT);
		return;
	}
	raise_int(INT_COMMAND_COMPLETE);
	if ((word >> 16 & 3) == 3 && fault != BUSY_FOREVER)
		raise_int(INT_TRANSFER_COMPLETE);
	m.writing = index == 24 || index == 25;
	assert_int_equal(!!(word & COMMAND_DATA), index == 17 || index == 18 || m.writing);
	if (index == 13) {
		assert_int_equal(argument, 0x45670000);
		if (fault == CARD_ERROR)
			set(RESPONSE, get(RESPONSE) | 1u << 19);
	}
	if (index != 17 && index != 18 && !m.writing)
		return;
	assert_int_equal(m.programming, 0);
	assert_int_equal(m.four_bits, m.regs[HOST_CONTROL_1] >> 1 & 1);
	if ((m.block_addressed ? argument : argument / BLOCK) >= m.blocks)
		set(RESPONSE, get(RESPONSE) | STATUS_OUT_OF_RANGE);
	else if (fault == CARD_ERROR)
		set(RESPONSE, get(RESPONSE) | 1u << 21);
	else if (fault == PROTECTED)
		set(RESPONSE, get(RESPONSE) | 1u << 26);
	else
		move_blocks(argument, word, index == 18 || index == 25, fault);
}

static uint32_t model_read(uintptr_t addr, unsigned int width)
{
	unsigned int reg = (unsigned int)(addr - BASE);
	uint32_t value = 0;

	m.now_us++;
	set(CAPABILITIES, m.capabilities);
	m.regs[VERSION] = m.version;
	set(PRESENT_STATE, (m.no_card ? 0 : PRESENT_INSERTED) | PRESENT_STABLE |
				   (m.inhibited ? PRESENT_COMMAND_INHIBIT : 0) |
				   (m.switch_locked ? 0 : PRESENT_WRITE_ENABLED));
	assert_true(reg % width == 0 && reg + width <= sizeof(m.regs));
	memcpy(&value, m.regs + reg, width);
	return value;
}

static void model_write(uintptr_t addr, unsigned int width, uint32_t value)
{
	unsigned int reg = (unsigned int)(addr - BASE);

	m.now_us++;
	assert_true(reg % width == 0 && reg + width <= sizeof(m.regs));
	if (reg == SOFTWARE_RESET) {
		if (value & RESET_ALL)
			memset(m.regs, 0, sizeof(m.regs));
		m.regs[reg] = m.reset_hangs ? (uint8_t)value : 0;
		return;
	}
	if (reg == INT_STATUS) {
		set(INT_STATUS, get(INT_STATUS) & ~value);
		return;
	}
	memcpy(m.regs + reg, &value, width);
	if (reg == CLOCK_CONTROL && value & CLOCK_INTERNAL_ENABLE && !m.clock_unstable)
		m.regs[reg] |= CLOCK_STABLE;
	if (reg == TRANSFER_COMMAND)
		execute(value);
}

/* The driver and its buffer in memory that 32-bit DMA reaches. */
static struct sdhci *host;
static uint8_t *low_buffer;
static uint8_t high_buffer[64 * BLOCK];

static int insert_card(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.capabilities = 0x057834b4; /* QEMU's: 52 MHz, ADMA2, SDMA, 3.3 V */
	m.version = 1;
	m.block_addressed = true;
	m.blocks = 1u << 23;
	m.ready_after = 3;
	m.write_polls = 3;
	m.fault_count = 1;
	wiring = (struct sdhci_wiring){ .lines = 8 };
	memset(low_buffer, 0, BUFFER_SIZE);
	return 0;
}

static int map_memory(void **state)
{
	(void)state;
	low_buffer = mmap(NULL, BUFFER_SIZE + 65536, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_true(low_buffer != MAP_FAILED);
	host = (struct sdhci *)(void *)(low_buffer + BUFFER_SIZE);
	return 0;
}

static void open_card(void)
{
	assert_int_equal(sdhci_open(host, BASE, &wiring), ERR_OK);
	assert_int_equal(m.four_bits, wiring.lines >= 4);
	assert_int_equal(m.state, TRAN);
	assert_in_range(card_hz(), 10000000, 25000000);
}

static void assert_reads(uint64_t lba, uint32_t count, uint8_t *buffer)
{
	assert_int_equal(block_read(&host->block, lba, count, buffer), ERR_OK);
	for (uint32_t i = 0; i < count * BLOCK; i++) {
		if (buffer[i] != content(lba + i / BLOCK, i % BLOCK))
			fail_msg("byte %u of block %llu", i % BLOCK,
				 (unsigned long long)(lba + i / BLOCK));
	}
}

static void reads_by_adma2(void **state)
{
	(void)state;
	open_card();
	assert_true(host->adma);
	assert_int_equal(host->block.block_count, 1u << 23);
	assert_reads(0, 1, low_buffer);
	assert_reads(2082, 3, low_buffer + 4);
	assert_int_equal(m.reads, 2);
	assert_reads(7, 10000, low_buffer); /* more than a table holds */
	assert_int_equal(m.reads, 5);
	assert_reads((1u << 23) - 2, 2, low_buffer);
	assert_int_equal(block_read(&host->block, (1u << 23) - 1, 2, low_buffer), ERR_BLOCK_RANGE);
	sdhci_close(host);
	assert_int_equal(m.regs[POWER_CONTROL], 0);
}

static void assert_writes(uint64_t lba, uint32_t count, uint8_t *data)
{
	for (uint32_t i = 0; i < count * BLOCK; i++)
		data[i] = (uint8_t)(i * 13 + lba);
	assert_int_equal(block_write(&host->block, lba, count, data), ERR_OK);
	assert_int_equal(m.programming, 0);
	assert_int_equal(m.written_lba + m.written_bytes / BLOCK, lba + count);
	assert_memory_equal(m.written, data + count * BLOCK - m.written_bytes, m.written_bytes);
}

static void writes_blocks(void **state)
{
	(void)state;
	open_card();
	assert_writes(7, 1, low_buffer);
	assert_writes(2082, 40, low_buffer + 4);
	assert_int_equal(m.writes, 2);
	assert_int_equal(m.written_bytes, 40 * BLOCK);
	/* What DMA cannot reach goes by the bounce buffer. */
	assert_writes(2082, 2, high_buffer);
	assert_int_equal(m.writes, 4);
	assert_int_equal(block_write(&host->block, m.blocks - 1, 2, low_buffer), ERR_BLOCK_RANGE);
	m.capabilities &= ~CAP_ADMA2;
	open_card();
	assert_writes(11, 8, low_buffer);
	m.switch_locked = true;
	assert_int_equal(block_write(&host->block, 3, 1, low_buffer), ERR_BLOCK_READ_ONLY);
	assert_int_equal(m.writes, 5);
	assert_reads(3, 1, low_buffer);
}

static void retries_writes(void **state)
{
	static const struct {
		enum fault fault;
		uint8_t index;
		enum err err;
	} faults[] = {
		{ NO_RESPONSE, 25, ERR_SD_NO_RESPONSE }, { DATA_CRC, 25, ERR_SD_DATA_CRC },
		{ DATA_HANGS, 25, ERR_SD_DATA_TIMEOUT }, { DMA_ERROR, 25, ERR_SDHCI_DMA },
		{ CARD_ERROR, 13, ERR_SD_WRITE },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		insert_card(state);
		open_card();
		m.fault = faults[i].fault;
		m.fault_index = faults[i].index;
		m.write_polls = 0;
		assert_writes(10, 9, low_buffer);
		assert_int_equal(m.writes, faults[i].fault == NO_RESPONSE ? 1 : 2);

		m.fault_seen = 0;
		m.fault_count = FOREVER;
		assert_int_equal(block_write(&host->block, 10, 9, low_buffer), faults[i].err);
	}
	insert_card(state);
	open_card();
	m.fault = PROTECTED;
	m.fault_index = 24;
	m.fault_count = FOREVER;
	assert_int_equal(block_write(&host->block, 10, 1, low_buffer), ERR_BLOCK_READ_ONLY);
	insert_card(state);
	open_card();
	m.write_polls = FOREVER;
	assert_int_equal(block_write(&host->block, 10, 1, low_buffer), ERR_SD_BUSY);
}

static void reads_by_adma2_beyond_4_gib(void **state)
{
	(void)state;
	m.capabilities |= CAP_64BIT;
	m.version = 2;
	open_card();
	assert_true((uintptr_t)high_buffer >> 32);
	assert_reads(5, 60, high_buffer);
	assert_int_equal(m.reads, 1);
	assert_reads(5, 10000, low_buffer);
}

static void reads_by_sdma(void **state)
{
	(void)state;
	m.capabilities &= ~CAP_ADMA2;
	open_card();
	assert_false(host->adma);
	assert_reads(11, 4096, low_buffer);
	assert_int_equal(m.reads, (uintptr_t)low_buffer % 0x80000 ? 5 : 4);
	/* Blocks that lie across a boundary go by the bounce buffer. */
	assert_reads(11, 4096, low_buffer + 100);
}

static void bounces_what_dma_cannot_reach(void **state)
{
	(void)state;
	open_card();
	assert_reads(11, 60, high_buffer);
	assert_int_equal(m.reads, 60);
	assert_reads(11, 5, low_buffer + 3);
	assert_int_equal(m.reads, 65);
	m.capabilities &= ~(CAP_ADMA2 | CAP_SDMA);
	assert_int_equal(sdhci_open(host, BASE, &wiring), ERR_SDHCI_DMA);
}

static void knows_all_kinds_of_cards(void **state)
{
	m.block_addressed = false;
	m.blocks = 1u << 22;
	open_card();
	assert_int_equal(host->block.block_count, 1u << 22);
	assert_reads((1u << 22) - 3, 3, low_buffer);
	insert_card(state);
	m.block_addressed = false;
	m.version_1 = true;
	m.blocks = 1024;
	open_card();
	assert_reads(1, 3, low_buffer);
	insert_card(state);
	m.no_csd = true;
	open_card();
	assert_int_equal(host->block.block_count, 0);
	assert_reads(1, 3, low_buffer);
	assert_int_equal(block_read(&host->block, UINT32_MAX, 2, low_buffer), ERR_SD_ADDRESS);
	assert_int_equal(block_read(&host->block, 1ull << 32, 1, low_buffer), ERR_SD_ADDRESS);
}

static void divides_any_clock(void **state)
{
	for (unsigned int version = 1; version <= 2; version++) {
		for (uint32_t mhz = 10; mhz <= (version == 1 ? 63u : 255u); mhz++) {
			insert_card(state);
			m.version = (uint8_t)version;
			m.capabilities = (m.capabilities & ~0xff00u) | mhz << 8;
			open_card();
		}
	}
	m.capabilities &= ~0xff00u;
	assert_int_equal(sdhci_open(host, BASE, &wiring), ERR_SDHCI_CLOCK);
	wiring.clock_hz = 200000000;
	m.version = 2;
	open_card();
}

static void does_as_the_board_is_wired(void **state)
{
	wiring.max_hz = 10000000;
	assert_int_equal(sdhci_open(host, BASE, &wiring), ERR_OK);
	assert_in_range(card_hz(), 5000000, 10000000);
	insert_card(state);
	wiring.lines = 1;
	open_card();
	assert_int_equal(m.regs[HOST_CONTROL_1] & (CONTROL_4BIT | CONTROL_8BIT), 0);
	assert_true(host->adma);
	assert_reads(2082, 3, low_buffer);
	insert_card(state);
	wiring.no_detect = wiring.no_protect = true;
	m.no_card = m.switch_locked = true; /* what the lines that are not there say */
	open_card();
	assert_writes(11, 8, low_buffer);
	assert_int_equal(m.writes, 1);
}

static enum err open_error(void)
{
	uint64_t start = m.now_us;
	enum err err = sdhci_open(host, BASE, &wiring);

	assert_in_range(m.now_us - start, 0, 3000000);
	assert_int_equal(m.regs[POWER_CONTROL], 0);
	return err;
}

static void says_what_is_wrong_with_slot_or_card(void **state)
{
	m.no_card = true;
	assert_int_equal(open_error(), ERR_SD_NO_CARD);
	m.capabilities |= 1u << 30; /* an embedded card has no switch */
	open_card();
	insert_card(state);
	m.mmc = true;
	assert_int_equal(open_error(), ERR_SD_NOT_SD);
	insert_card(state);
	m.low_voltage = true;
	assert_int_equal(open_error(), ERR_SD_VOLTAGE);
	insert_card(state);
	m.ready_after = FOREVER;
	assert_int_equal(open_error(), ERR_SD_NOT_READY);
	insert_card(state);
	m.capabilities &= ~CAP_3V3;
	assert_int_equal(open_error(), ERR_SDHCI_VOLTAGE);
	insert_card(state);
	m.reset_hangs = true;
	assert_int_equal(open_error(), ERR_SDHCI_RESET);
	insert_card(state);
	m.clock_unstable = true;
	assert_int_equal(open_error(), ERR_SDHCI_CLOCK);
	insert_card(state);
	m.inhibited = true;
	assert_int_equal(open_error(), ERR_SDHCI_INHIBIT);
}

static void fails_on_any_command_that_fails(void **state)
{
	uint32_t commands;

	open_card();
	commands = m.commands;
	for (enum fault fault = NO_RESPONSE; fault <= COMMAND_HANGS; fault++) {
		for (uint32_t i = 0; i < commands; i++) {
			insert_card(state);
			m.fault = fault;
			m.fault_at = i;
			/* A card of version 1 does not answer to CMD8. */
			m.block_addressed = false;
			m.blocks = 1024;
			if (sdhci_open(host, BASE, &wiring))
				assert_int_equal(m.regs[POWER_CONTROL], 0);
			else
				assert_true(i <= 1 && fault == NO_RESPONSE);
		}
	}
	insert_card(state);
	m.fault = BUSY_FOREVER;
	m.fault_index = 7;
	assert_int_equal(open_error(), ERR_SDHCI_INHIBIT);
}

static void retries_reads(void **state)
{
	static const struct {
		enum fault fault;
		enum err err;
	} faults[] = {
		{ NO_RESPONSE, ERR_SD_NO_RESPONSE },  { COMMAND_CRC, ERR_SD_COMMAND_CRC },
		{ COMMAND_HANGS, ERR_SDHCI_INHIBIT }, { DATA_CRC, ERR_SD_DATA_CRC },
		{ DATA_HANGS, ERR_SD_DATA_TIMEOUT },  { DMA_ERROR, ERR_SDHCI_DMA },
		{ CARD_ERROR, ERR_SD_READ },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		for (uint32_t count = 1; count <= 9; count += 8) {
			insert_card(state);
			open_card();
			m.fault = faults[i].fault;
			m.fault_index = count == 1 ? 17 : 18;
			m.fault_count = 2;
			assert_reads(10, count, low_buffer);
			assert_int_equal(m.stops, 2);

			m.fault_seen = 0;
			m.fault_count = FOREVER;
			assert_int_equal(block_read(&host->block, 10, count, low_buffer),
					 faults[i].err);
			m.fault = NO_FAULT;
			assert_reads(10, count, low_buffer);
		}
	}
}

struct seen {
	unsigned int reads; /* that the card has begun */
	bool untaken;	    /* the driver has not looked for the end of one */
};

static void work_long(void *context)
{
	*(struct seen *)context = (struct seen){ m.reads, get(INT_STATUS) & INT_TRANSFER_COMPLETE };
	m.now_us += 10000000;
}

/* Between the start of a transfer and the look for its end; the time for it begins after that. */
static void lets_others_work_while_the_controller_does(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	open_card();
	meanwhile(work_long, &seen);
	assert_reads(10, 9, low_buffer);
	assert_int_equal(seen.reads, 1);
	assert_true(seen.untaken);

	m.fault = DATA_HANGS;
	m.fault_index = 18;
	m.fault_count = FOREVER;
	meanwhile(work_long, &seen);
	assert_int_equal(block_read(&host->block, 10, 9, low_buffer), ERR_SD_DATA_TIMEOUT);
	assert_int_equal(seen.reads, 2);
	assert_true(m.stops > 0);
}

static void reports_the_end_of_the_card(void **state)
{
	(void)state;
	m.no_csd = true;
	open_card();
	assert_int_equal(block_read(&host->block, m.blocks, 1, low_buffer), ERR_SD_ADDRESS);
	assert_int_equal(block_read(&host->block, m.blocks - 1, 2, low_buffer),
			 ERR_SD_DATA_TIMEOUT);
	assert_reads(0, 1, low_buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_by_adma2, insert_card),
		cmocka_unit_test_setup(writes_blocks, insert_card),
		cmocka_unit_test_setup(retries_writes, insert_card),
		cmocka_unit_test_setup(reads_by_adma2_beyond_4_gib, insert_card),
		cmocka_unit_test_setup(reads_by_sdma, insert_card),
		cmocka_unit_test_setup(bounces_what_dma_cannot_reach, insert_card),
		cmocka_unit_test_setup(knows_all_kinds_of_cards, insert_card),
		cmocka_unit_test_setup(divides_any_clock, insert_card),
		cmocka_unit_test_setup(does_as_the_board_is_wired, insert_card),
		cmocka_unit_test_setup(says_what_is_wrong_with_slot_or_card, insert_card),
		cmocka_unit_test_setup(fails_on_any_command_that_fails, insert_card),
		cmocka_unit_test_setup(retries_reads, insert_card),
		cmocka_unit_test_setup(lets_others_work_while_the_controller_does, insert_card),
		cmocka_unit_test_setup(reports_the_end_of_the_card, insert_card),
	};

	return cmocka_run_group_tests(tests, map_memory, NULL);
}
