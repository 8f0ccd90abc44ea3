/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eMMC behind an SD host controller: a model of the device (JEDEC JESD84-B51) with as many data lines as
 * the board has soldered. QEMU has such a device, but only on machines of other architectures.
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
#include "lib/clock.h"
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
#define BUFFER_SIZE (1u << 20)

enum state { IDLE, READY, IDENT, STBY, TRAN };

static struct {
	/* What it is */
	uint32_t capabilities;
	unsigned int lines; /* between controller and device */
	bool sectors, old, refuses_switch;
	uint32_t blocks;
	uint8_t boot_size; /* in units of 128 KiB */

	/* What it is doing */
	uint64_t now_us;
	uint8_t regs[256], ext_csd[512];
	enum state state;
	bool switch_error;
	uint32_t polls, removed_after, reads;
} m;

uint64_t clock_us(void)
{
	return m.now_us++;
}

static uint8_t content(unsigned int partition, uint64_t lba, uint32_t i)
{
	return (uint8_t)(lba * 31 + i * 7 + (lba >> 8) + (i >> 8) + partition * 101);
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
	set(INT_STATUS, get(INT_STATUS) | bits | (bits >> 16 ? INT_ERROR : 0));
}

/* Both ends must agree on the width, and all its lines must be there. */
static bool bus_works(void)
{
	static const unsigned int widths[] = { 1, 4, 8 };
	uint8_t control = m.regs[HOST_CONTROL_1];
	unsigned int ours = control & CONTROL_8BIT ? 8 : control & CONTROL_4BIT ? 4 : 1;

	return ours == widths[m.ext_csd[EXT_CSD_BUS_WIDTH]] && ours <= m.lines;
}

static void send_data(uint32_t length, uint8_t (*byte)(uint32_t at))
{
	const uint32_t *line = (const uint32_t *)(uintptr_t)get(ADMA_ADDRESS);
	uint32_t at = 0;

	assert_int_equal(m.regs[HOST_CONTROL_1] >> 3 & 3, 2);
	if (!bus_works()) {
		raise_int(1u << 21);
		return;
	}
	for (;; line += 2) {
		uint8_t *to = (uint8_t *)(uintptr_t)line[1];

		for (uint32_t i = 0; i < line[0] >> 16; i++)
			*to++ = byte(at++);
		if (line[0] & 2)
			break;
	}
	assert_int_equal(at, length);
	raise_int(INT_TRANSFER_COMPLETE);
}

static uint8_t ext_csd_byte(uint32_t at)
{
	return m.ext_csd[at];
}

static uint8_t block_byte(uint32_t at)
{
	uint32_t lba = get(ARGUMENT) / (m.sectors ? 1 : BLOCK) + at / BLOCK;
	unsigned int partition = m.ext_csd[EXT_CSD_PARTITION_CONFIG] & 7;

	assert_true(lba < (partition ? m.boot_size * 256u : m.blocks));
	return content(partition, lba, at % BLOCK);
}

static void say_csd(void)
{
	memset(m.regs + RESPONSE, 0, 16);
	/* Structure 3; C_SIZE 4095 where the extended CSD counts. */
	m.regs[RESPONSE + 14] |= 0xc0;
	if (!m.sectors) {
		uint32_t c_size = m.blocks / 1024 - 1; /* blocks of 1 KiB times 512 */

		m.regs[RESPONSE + 9] |= 10;
		m.regs[RESPONSE + 8] |= (uint8_t)(c_size >> 10);
		m.regs[RESPONSE + 7] |= (uint8_t)(c_size >> 2);
		m.regs[RESPONSE + 6] |= (uint8_t)(c_size << 6);
		m.regs[RESPONSE + 5] |= 3;
		m.regs[RESPONSE + 4] |= 0x80;
	}
}

static bool switch_command(uint32_t argument)
{
	assert_int_equal(argument >> 24, 3);
	if (m.refuses_switch)
		m.switch_error = true;
	else
		m.ext_csd[argument >> 16 & 0xff] = (uint8_t)(argument >> 8);
	return true;
}

/* False: it does not answer. */
static bool device_command(uint8_t index, uint32_t argument)
{
	set(RESPONSE, (uint32_t)m.state << 9);
	switch (index) {
	case 0:
		m.state = IDLE;
		m.ext_csd[EXT_CSD_BUS_WIDTH] = 0;
		m.polls = 0;
		return true;
	case 1:
		assert_true(m.state == IDLE && argument & 0x40000000 && argument & 0x00300000);
		m.state = ++m.polls < 4 ? IDLE : READY;
		set(RESPONSE, 0x00ff8080 | (m.state == READY ? 0x80000000 : 0) |
				      (m.sectors ? 0x40000000 : 0));
		return true;
	case 2:
		m.state = m.state == READY ? IDENT : IDLE;
		return m.state == IDENT;
	case 3:
		m.state = m.state == IDENT ? STBY : IDLE;
		assert_int_equal(argument, 0x00010000);
		return m.state == STBY;
	case 6:
		return m.state == TRAN && !m.old && switch_command(argument);
	case 7:
		m.state = m.state == STBY ? TRAN : IDLE;
		return argument == 0x00010000;
	case 8:
		return m.state == TRAN && !m.old;
	case 9:
		say_csd();
		return m.state == STBY && argument == 0x00010000;
	case 13:
		set(RESPONSE, get(RESPONSE) | (m.switch_error ? 1u << 7 : 0));
		m.switch_error = false;
		return argument == 0x00010000;
	default:
		return m.state == TRAN && (index == 16 || index == 17 || index == 18);
	}
}

static void execute(uint32_t word)
{
	uint8_t index = word >> 24 & 0x3f;

	if (m.removed_after && !--m.removed_after)
		m.removed_after = 1;
	if (m.removed_after == 1 || !device_command(index, get(ARGUMENT))) {
		raise_int(INT_COMMAND_TIMEOUT);
		return;
	}
	raise_int(INT_COMMAND_COMPLETE);
	if ((word >> 16 & 3) == 3)
		raise_int(INT_TRANSFER_COMPLETE);
	if (index == 8 && m.state == TRAN) {
		send_data(512, ext_csd_byte);
	} else if (index == 17 || index == 18) {
		m.reads++;
		send_data((get(BLOCK_SIZE_COUNT) >> 16) * BLOCK, block_byte);
	}
}

static uint32_t model_read(uintptr_t addr, unsigned int width)
{
	unsigned int reg = (unsigned int)(addr - BASE);
	uint32_t value = 0;

	m.now_us++;
	set(CAPABILITIES, m.capabilities);
	set(PRESENT_STATE, PRESENT_INSERTED | PRESENT_STABLE);
	memcpy(&value, m.regs + reg, width);
	return value;
}

static void model_write(uintptr_t addr, unsigned int width, uint32_t value)
{
	unsigned int reg = (unsigned int)(addr - BASE);

	m.now_us++;
	if (reg == SOFTWARE_RESET) {
		if (value & RESET_ALL)
			memset(m.regs, 0, sizeof(m.regs));
		return;
	}
	if (reg == INT_STATUS) {
		set(INT_STATUS, get(INT_STATUS) & ~value);
		return;
	}
	memcpy(m.regs + reg, &value, width);
	if (reg == CLOCK_CONTROL && value & CLOCK_INTERNAL_ENABLE)
		m.regs[reg] |= CLOCK_STABLE;
	if (reg == TRANSFER_COMMAND)
		execute(value);
}

static struct sdhci *host;
static uint8_t *buffer;
static struct sdhci_wiring wiring;

static void set_size(uint32_t blocks)
{
	m.blocks = blocks;
	memcpy(m.ext_csd + EXT_CSD_SECTORS, &m.blocks, 4);
}

static int solder_device(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.capabilities = 0x417c34b4; /* embedded, 8 lines, ADMA2 of 32 bits, 52 MHz, 3.3 V */
	m.lines = 8;
	wiring = (struct sdhci_wiring){ .lines = 8 };
	m.sectors = true;
	m.boot_size = 32;
	m.ext_csd[EXT_CSD_REVISION] = 8;
	m.ext_csd[EXT_CSD_BOOT_SIZE] = m.boot_size;
	m.ext_csd[EXT_CSD_PARTITION_CONFIG] = 0x48;
	set_size(0x1d5a000);
	return 0;
}

static int map_memory(void **state)
{
	(void)state;
	buffer = mmap(NULL, BUFFER_SIZE + 65536, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	assert_true(buffer != MAP_FAILED);
	host = (struct sdhci *)(void *)(buffer + BUFFER_SIZE);
	return 0;
}

static void assert_reads(unsigned int partition, uint64_t lba, uint32_t count)
{
	assert_int_equal(block_read(&host->block, lba, count, buffer), ERR_OK);
	for (uint32_t i = 0; i < count * BLOCK; i++)
		assert_int_equal(buffer[i], content(partition, lba + i / BLOCK, i % BLOCK));
}

static void reads_over_all_lines_that_there_are(void **state)
{
	static const struct {
		uint32_t capability;
		unsigned int lines;
		uint8_t said; /* by the board's tree */
		unsigned int used;
	} boards[] = { { CAP_8BIT, 8, 8, 8 }, { CAP_8BIT, 4, 8, 4 }, { CAP_8BIT, 1, 8, 1 },
		       { 0, 8, 8, 4 },	      { 0, 4, 8, 4 },	     { 0, 1, 8, 1 },
		       { CAP_8BIT, 8, 4, 4 }, { CAP_8BIT, 8, 1, 1 } };
	static const uint8_t controls[] = { [1] = 0, [4] = CONTROL_4BIT, [8] = CONTROL_8BIT };

	for (unsigned int i = 0; i < ARRAY_SIZE(boards); i++) {
		solder_device(state);
		m.capabilities = (m.capabilities & ~CAP_8BIT) | boards[i].capability;
		m.lines = boards[i].lines;
		wiring.lines = boards[i].said;
		assert_int_equal(sdhci_open(host, BASE, &wiring), ERR_OK);
		assert_int_equal(m.regs[HOST_CONTROL_1] & ~0x18, controls[boards[i].used]);
		assert_string_equal(host->block.name, "eMMC");
		assert_int_equal(host->block.block_count, 0x1d5a000);
		assert_reads(0, 2082, 300);
		assert_reads(0, 0x1d59fff, 1);
	}
}

static void reads_boot_partitions(void **state)
{
	(void)state;
	assert_int_equal(sdhci_open(host, BASE, &wiring), ERR_OK);
	assert_int_equal(sdhci_select_boot_partition(host, 2), ERR_OK);
	assert_int_equal(m.ext_csd[EXT_CSD_PARTITION_CONFIG], 0x4a); /* the rest is kept */
	assert_int_equal(host->block.block_count, 32 * 256);
	assert_reads(2, 0, 100);
	assert_int_equal(block_read(&host->block, 32 * 256, 1, buffer), ERR_BLOCK_RANGE);
	assert_int_equal(sdhci_select_boot_partition(host, 1), ERR_OK);
	assert_reads(1, 32 * 256 - 1, 1);
	assert_int_equal(sdhci_select_boot_partition(host, 3), ERR_EMMC_PARTITION);
	assert_int_equal(sdhci_select_boot_partition(host, 0), ERR_EMMC_PARTITION);
	m.refuses_switch = true;
	assert_int_equal(sdhci_select_boot_partition(host, 2), ERR_SD_COMMAND);
}

static void reads_small_and_old_devices(void **state)
{
	(void)state;
	m.sectors = false;
	set_size(1u << 20);
	assert_int_equal(sdhci_open(host, BASE, &wiring), ERR_OK);
	assert_int_equal(host->block.block_count, 1u << 20);
	assert_reads(0, 77777, 9);
	/* Before version 4: no extended CSD. */
	solder_device(state);
	m.sectors = false;
	m.old = true;
	set_size(1u << 18);
	assert_int_equal(sdhci_open(host, BASE, &wiring), ERR_OK);
	assert_int_equal(host->block.block_count, 1u << 18);
	assert_int_equal(m.regs[HOST_CONTROL_1] & ~0x18, 0);
	assert_reads(0, 5, 9);
	assert_int_equal(sdhci_select_boot_partition(host, 1), ERR_EMMC_PARTITION);
}

static void ends_when_the_device_goes_away(void **state)
{
	for (uint32_t i = 2; i < 30; i++) {
		uint64_t start;
		enum err err;

		solder_device(state);
		m.removed_after = i;
		start = m.now_us;
		err = sdhci_open(host, BASE, &wiring);
		if (!err)
			err = block_read(&host->block, 0, 4, buffer);
		assert_int_equal(!err, m.removed_after > 1);
		assert_in_range(m.now_us - start, 0, 3000000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_over_all_lines_that_there_are, solder_device),
		cmocka_unit_test_setup(reads_boot_partitions, solder_device),
		cmocka_unit_test_setup(reads_small_and_old_devices, solder_device),
		cmocka_unit_test_setup(ends_when_the_device_goes_away, solder_device),
	};

	return cmocka_run_group_tests(tests, map_memory, NULL);
}
