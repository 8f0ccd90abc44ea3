/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SD cards behind an SD host controller (SD Host Controller Simplified Specification 3.0; the card's side:
 * SD Physical Layer Simplified Specification 6.0, chapter 4). Polled; data moves by DMA only.
 */
#include "drivers/mmc/sdhci.h"

#include "drivers/mmc/emmc.h"
#include "drivers/mmc/sd.h"
#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/meanwhile.h"
#include "lib/riscv/io.h"
#include "lib/string.h"

#define SDMA_ADDRESS 0x00
#define BLOCK_SIZE_COUNT 0x04
#define ARGUMENT 0x08
#define TRANSFER_COMMAND 0x0c
#define RESPONSE 0x10
#define PRESENT_STATE 0x24
#define HOST_CONTROL_1 0x28
#define POWER_CONTROL 0x29
#define CLOCK_CONTROL 0x2c
#define TIMEOUT_CONTROL 0x2e
#define SOFTWARE_RESET 0x2f
#define INT_STATUS 0x30
#define INT_STATUS_ENABLE 0x34
#define INT_SIGNAL_ENABLE 0x38
#define CAPABILITIES 0x40
#define ADMA_ADDRESS 0x58
#define VERSION 0xfe

#define BLOCK_SIZE_SDMA_512K (7u << 12)
#define SDMA_BOUNDARY 0x80000u

/* Transfer mode, and the command in the upper half */
#define MODE_DMA (1u << 0)
#define MODE_BLOCK_COUNT (1u << 1)
#define MODE_AUTO_CMD12 (1u << 2)
#define MODE_READ (1u << 4)
#define MODE_MULTIPLE (1u << 5)
#define COMMAND_RESPONSE_136 (1u << 16)
#define COMMAND_RESPONSE_48 (2u << 16)
#define COMMAND_RESPONSE_48_BUSY (3u << 16)
#define COMMAND_CHECK_CRC (1u << 19)
#define COMMAND_CHECK_INDEX (1u << 20)
#define COMMAND_DATA (1u << 21)
#define COMMAND_ABORT (3u << 22)
#define COMMAND_INDEX_SHIFT 24

/* The responses of the SD specification */
#define R0 0
#define R1 (COMMAND_RESPONSE_48 | COMMAND_CHECK_CRC | COMMAND_CHECK_INDEX)
#define R1B (COMMAND_RESPONSE_48_BUSY | COMMAND_CHECK_CRC | COMMAND_CHECK_INDEX)
#define R2 (COMMAND_RESPONSE_136 | COMMAND_CHECK_CRC)
#define R3 COMMAND_RESPONSE_48
#define R6 R1
#define R7 R1

#define PRESENT_COMMAND_INHIBIT (1u << 0)
#define PRESENT_DATA_INHIBIT (1u << 1)
#define PRESENT_INSERTED (1u << 16)
#define PRESENT_STABLE (1u << 17)
#define PRESENT_WRITE_ENABLED (1u << 19) /* by the switch on the card */

#define CONTROL_4BIT (1u << 1)
#define CONTROL_8BIT (1u << 5)
#define CONTROL_ADMA2 (2u << 3)
#define CONTROL_ADMA2_64BIT (3u << 3)

#define POWER_3V3_ON 0x0f

#define CLOCK_INTERNAL_ENABLE 0x1
#define CLOCK_STABLE 0x2
#define CLOCK_CARD_ENABLE 0x4
#define TIMEOUT_MAX 0xe

#define RESET_ALL 0x1
#define RESET_COMMAND 0x2
#define RESET_DATA 0x4

#define INT_COMMAND_COMPLETE (1u << 0)
#define INT_TRANSFER_COMPLETE (1u << 1)
#define INT_ERROR (1u << 15)
#define INT_COMMAND_TIMEOUT (1u << 16)
#define INT_COMMAND_DAMAGED (7u << 17) /* CRC, end bit, index */
#define INT_DATA_TIMEOUT (1u << 20)
#define INT_DATA_DAMAGED (3u << 21) /* CRC, end bit */
#define INT_ADMA_ERROR (1u << 25)
#define INT_STATUS_ALL 0x03ff00ff

#define CAP_8BIT (1u << 18)
#define CAP_ADMA2 (1u << 19)
#define CAP_SDMA (1u << 22)
#define CAP_3V3 (1u << 24)
#define CAP_64BIT (1u << 28)
#define CAP_SLOT(capabilities) ((capabilities) >> 30)
#define SLOT_REMOVABLE 0

#define ADMA_VALID_TRANSFER 0x21
#define ADMA_END 0x02
#define ADMA_LINE_BYTES 0x8000u

/* Card status (R1) */
#define STATUS_OUT_OF_RANGE (1u << 31)
#define STATUS_ADDRESS_ERROR (1u << 30)
#define STATUS_WRITE_PROTECTED (1u << 26)
#define STATUS_COM_CRC_ERROR (1u << 23)
#define STATUS_ILLEGAL_COMMAND (1u << 22)
#define STATUS_CARD_ERROR (7u << 19) /* ECC, controller, general */
#define STATUS_CURRENT_STATE (15u << 9)
#define STATUS_TRANSFER_STATE (4u << 9)

#define RESET_TIMEOUT_US 100000
#define STABLE_TIMEOUT_US 500000
#define COMMAND_TIMEOUT_US 500000
#define TRANSFER_TIMEOUT_US 2000000
#define POWER_UP_US 1000
#define WAKE_UP_US 200 /* 74 clocks of the identification frequency */

#define MAX_FAILURES 3
#define MAX_RUN (SDHCI_ADMA_LINES * ADMA_LINE_BYTES / SD_BLOCK_SIZE)

static uint32_t reg_read(const struct sdhci *host, unsigned int reg)
{
	return mmio_read32(host->base + reg);
}

static void reg_write(const struct sdhci *host, unsigned int reg, uint32_t value)
{
	mmio_write32(host->base + reg, value);
}

/* Waits until @bits of a register have the value @wanted; @late is the error when they do not. */
static enum err wait_bits(const struct sdhci *host, unsigned int reg, uint32_t bits,
			  uint32_t wanted, uint32_t timeout_us, enum err late)
{
	uint64_t deadline = deadline_after(timeout_us);

	do {
		if ((reg_read(host, reg) & bits) == wanted)
			return ERR_OK;
	} while (!deadline_passed(deadline));
	return late;
}

static void delay(uint32_t us)
{
	uint64_t deadline = deadline_after(us);

	while (!deadline_passed(deadline))
		cpu_relax();
}

static enum err reset(const struct sdhci *host, uint8_t what)
{
	uint64_t deadline = deadline_after(RESET_TIMEOUT_US);

	mmio_write8(host->base + SOFTWARE_RESET, what);
	do {
		if (!(mmio_read8(host->base + SOFTWARE_RESET) & what))
			return ERR_OK;
	} while (!deadline_passed(deadline));
	return ERR_SDHCI_RESET;
}

/* Divides the base clock down to at most @hz. */
static enum err set_clock(const struct sdhci *host, uint32_t hz)
{
	uint64_t deadline = deadline_after(RESET_TIMEOUT_US);
	uint32_t base_hz = host->wiring.clock_hz, divider, control;

	if (host->wiring.max_hz)
		hz = MIN(hz, host->wiring.max_hz);
	if (host->version >= 2) {
		/* 10 bits; divides by twice as much, or by 1 when 0 */
		divider = base_hz <= hz ? 0 : (base_hz + 2 * hz - 1) / (2 * hz);
		divider = MIN(divider, 0x3ffu);
	} else {
		/* 8 bits; as above, but powers of 2 only */
		for (divider = 0; divider < 128 && base_hz / (divider ? 2 * divider : 1) > hz;)
			divider = divider ? 2 * divider : 1;
	}
	control = (divider & 0xff) << 8 | (divider >> 8 & 3) << 6;
	mmio_write16(host->base + CLOCK_CONTROL, 0);
	mmio_write16(host->base + CLOCK_CONTROL, (uint16_t)(control | CLOCK_INTERNAL_ENABLE));
	while (!(mmio_read16(host->base + CLOCK_CONTROL) & CLOCK_STABLE)) {
		if (deadline_passed(deadline))
			return ERR_SDHCI_CLOCK;
	}
	mmio_write16(host->base + CLOCK_CONTROL,
		     (uint16_t)(control | CLOCK_INTERNAL_ENABLE | CLOCK_CARD_ENABLE));
	return ERR_OK;
}

static enum err int_error(uint32_t status)
{
	if (status & INT_COMMAND_TIMEOUT)
		return ERR_SD_NO_RESPONSE;
	if (status & INT_COMMAND_DAMAGED)
		return ERR_SD_COMMAND_CRC;
	if (status & INT_DATA_TIMEOUT)
		return ERR_SD_DATA_TIMEOUT;
	if (status & INT_DATA_DAMAGED)
		return ERR_SD_DATA_CRC;
	return status & INT_ADMA_ERROR ? ERR_SDHCI_DMA : ERR_SD_READ;
}

/* Waits for one of @bits, or an error, and takes it off the status. */
static enum err wait_int(const struct sdhci *host, uint32_t bits, uint32_t timeout_us)
{
	uint64_t deadline = deadline_after(timeout_us);

	do {
		uint32_t status = reg_read(host, INT_STATUS);

		if (status & INT_ERROR) {
			reg_write(host, INT_STATUS, status);
			return int_error(status);
		}
		if (status & bits) {
			reg_write(host, INT_STATUS, status & bits);
			return ERR_OK;
		}
		cpu_relax();
	} while (!deadline_passed(deadline));
	return ERR_TIMEOUT;
}

/* Sends a command; @kind is its response and whether data follows, @mode how. */
static enum err command(const struct sdhci *host, uint8_t index, uint32_t argument, uint32_t kind,
			uint32_t mode)
{
	bool uses_data_lines = kind & COMMAND_DATA || (kind & R1B) == R1B;
	uint32_t inhibit = PRESENT_COMMAND_INHIBIT;
	enum err err;

	if (uses_data_lines && index != SD_STOP_TRANSMISSION)
		inhibit |= PRESENT_DATA_INHIBIT;
	err = wait_bits(host, PRESENT_STATE, inhibit, 0, COMMAND_TIMEOUT_US, ERR_SDHCI_INHIBIT);
	if (!err) {
		reg_write(host, INT_STATUS, INT_STATUS_ALL | INT_ERROR);
		reg_write(host, ARGUMENT, argument);
		reg_write(host, TRANSFER_COMMAND,
			  (uint32_t)index << COMMAND_INDEX_SHIFT | kind | mode);
		err = wait_int(host, INT_COMMAND_COMPLETE, COMMAND_TIMEOUT_US);
	}
	if (!err && (kind & R1B) == R1B)
		err = wait_int(host, INT_TRANSFER_COMPLETE, SD_BUSY_TIMEOUT_US);
	if (err) {
		reset(host, RESET_COMMAND);
		if (uses_data_lines)
			reset(host, RESET_DATA);
	}
	return err == ERR_TIMEOUT ? ERR_SDHCI_INHIBIT : err;
}

static enum err app_command(const struct sdhci *host, uint8_t index, uint32_t argument,
			    uint32_t kind)
{
	enum err err = command(host, SD_APP_CMD, (uint32_t)host->rca << 16, R1, 0);

	return err ? err : command(host, index, argument, kind, 0);
}

/* Bits @high..@low of the CSD; the controller leaves out its last 8 bits, the CRC. */
static uint32_t csd_field(const uint32_t *response, unsigned int high, unsigned int low)
{
	uint32_t value = 0;

	for (unsigned int bit = high; bit >= low; bit--)
		value = value << 1 | (response[(bit - 8) / 32] >> (bit - 8) % 32 & 1);
	return value;
}

/* Blocks of 512 bytes; 0: a structure that is not known (5.3). */
static uint64_t csd_block_count(const struct sdhci *host, const uint32_t *response)
{
	uint32_t shift;

	switch (host->is_mmc ? 0 : csd_field(response, 127, 126)) {
	case 0:
		shift = csd_field(response, 49, 47) + 2 + csd_field(response, 83, 80);
		return (uint64_t)(csd_field(response, 73, 62) + 1) << shift >> 9;
	case 1:
		return (uint64_t)(csd_field(response, 69, 48) + 1) << 10;
	default:
		return 0;
	}
}

static enum err wait_ready(struct sdhci *host)
{
	uint64_t deadline = deadline_after(SD_READY_TIMEOUT_US);
	uint32_t argument = SD_OCR_3V2_3V4;
	uint32_t ocr;
	enum err err;

	/* No answer to CMD8: a card of version 1, which is not larger than 2 GB. */
	err = command(host, SD_SEND_IF_COND, SD_IF_COND, R7, 0);
	if (!err) {
		if ((reg_read(host, RESPONSE) & SD_IF_COND_MASK) != SD_IF_COND)
			return ERR_SD_VOLTAGE;
		argument |= SD_OCR_BLOCK_ADDRESSED;
	} else if (err != ERR_SD_NO_RESPONSE) {
		return err;
	}
	do {
		err = app_command(host, SD_APP_SEND_OP_COND, argument, R3);
		if (err)
			return err == ERR_SD_NO_RESPONSE ? ERR_SD_NOT_SD : err;
		ocr = reg_read(host, RESPONSE);
		if (!(ocr & SD_OCR_3V2_3V4))
			return ERR_SD_VOLTAGE;
		host->block_addressed = ocr & SD_OCR_BLOCK_ADDRESSED;
		if (ocr & SD_OCR_READY)
			return ERR_OK;
	} while (!deadline_passed(deadline));
	return ERR_SD_NOT_READY;
}

static bool dma_reaches(const struct sdhci *host, uintptr_t address, uint64_t length)
{
	return address % 4 == 0 &&
	       (host->dma_64bit || range_inside(address, length, 0, 1ull << 32));
}

/* How many of @count blocks one transfer may move at @address; 0: it has to go by the bounce buffer. */
static uint32_t longest_run(const struct sdhci *host, uintptr_t address, uint32_t count)
{
	uint64_t room = SDMA_BOUNDARY - address % SDMA_BOUNDARY;
	uint32_t run = MIN(count, MAX_RUN);

	/* SDMA stops at its boundaries. */
	if (!host->adma)
		run = (uint32_t)MIN((uint64_t)run, room / SD_BLOCK_SIZE);
	return dma_reaches(host, address, (uint64_t)run * SD_BLOCK_SIZE) ? run : 0;
}

static void fill_adma_table(struct sdhci *host, uintptr_t address, uint32_t length)
{
	uint32_t *word = host->adma_table;

	while (length) {
		uint32_t line = MIN(length, ADMA_LINE_BYTES);

		length -= line;
		*word++ = line << 16 | ADMA_VALID_TRANSFER | (length ? 0 : ADMA_END);
		*word++ = (uint32_t)address;
		if (host->dma_64bit)
			*word++ = (uint32_t)((uint64_t)address >> 32);
		address += line;
	}
	reg_write(host, ADMA_ADDRESS, (uint32_t)(uintptr_t)host->adma_table);
	if (host->dma_64bit)
		reg_write(host, ADMA_ADDRESS + 4,
			  (uint32_t)((uint64_t)(uintptr_t)host->adma_table >> 32));
}

static enum err wait_mmc_ready(struct sdhci *host)
{
	uint64_t deadline = deadline_after(MMC_READY_TIMEOUT_US);
	uint32_t ocr;

	do {
		enum err err =
			command(host, MMC_SEND_OP_COND, MMC_OCR_VOLTAGES | MMC_OCR_SECTORS, R3, 0);

		if (err)
			return err == ERR_SD_NO_RESPONSE ? ERR_SD_NOT_SD : err;
		ocr = reg_read(host, RESPONSE);
		if (ocr & SD_OCR_READY) {
			host->block_addressed = ocr & MMC_OCR_SECTORS;
			return ocr & SD_OCR_3V2_3V4 ? ERR_OK : ERR_SD_VOLTAGE;
		}
	} while (!deadline_passed(deadline));
	return ERR_SD_NOT_READY;
}

/* What does not know the commands of an SD card may be an eMMC. */
static enum err find_card(struct sdhci *host)
{
	enum err err = command(host, SD_GO_IDLE_STATE, 0, R0, 0);

	if (!err)
		err = wait_ready(host);
	if (err != ERR_SD_NOT_SD)
		return err;
	host->is_mmc = true;
	host->block.name = "eMMC";
	err = command(host, SD_GO_IDLE_STATE, 0, R0, 0);
	return err ? err : wait_mmc_ready(host);
}

/* SD cards choose theirs. */
static enum err agree_on_address(struct sdhci *host)
{
	enum err err;

	host->rca = MMC_RCA;
	if (host->is_mmc)
		return command(host, MMC_SET_RELATIVE_ADDR, (uint32_t)MMC_RCA << 16, R1, 0);
	err = command(host, SD_SEND_RELATIVE_ADDR, 0, R6, 0);
	host->rca = (uint16_t)(reg_read(host, RESPONSE) >> 16);
	return err;
}

static void set_width(struct sdhci *host, uint8_t width)
{
	uint8_t dma = !host->adma ? 0 : host->dma_64bit ? CONTROL_ADMA2_64BIT : CONTROL_ADMA2;

	mmio_write8(host->base + HOST_CONTROL_1, width | dma);
}

/* Into the bounce buffer. */
static enum err read_ext_csd(struct sdhci *host)
{
	enum err err;

	if (host->adma)
		fill_adma_table(host, (uintptr_t)host->bounce, EXT_CSD_SIZE);
	else
		reg_write(host, SDMA_ADDRESS, (uint32_t)(uintptr_t)host->bounce);
	reg_write(host, BLOCK_SIZE_COUNT, 1u << 16 | BLOCK_SIZE_SDMA_512K | EXT_CSD_SIZE);
	fence_before_io();
	err = command(host, MMC_SEND_EXT_CSD, 0, R1 | COMMAND_DATA, MODE_DMA | MODE_READ);
	if (!err)
		err = wait_int(host, INT_TRANSFER_COMPLETE, TRANSFER_TIMEOUT_US);
	fence_after_io();
	if (err)
		reset(host, RESET_COMMAND | RESET_DATA);
	return err == ERR_TIMEOUT ? ERR_SD_DATA_TIMEOUT : err;
}

static enum err switch_byte(const struct sdhci *host, unsigned int index, uint8_t value)
{
	enum err err = command(host, MMC_SWITCH, MMC_SWITCH_BYTE(index, value), R1B, 0);

	if (!err)
		err = command(host, SD_SEND_STATUS, (uint32_t)host->rca << 16, R1, 0);
	if (!err && reg_read(host, RESPONSE) & MMC_STATUS_SWITCH_ERROR)
		err = ERR_SD_COMMAND;
	return err;
}

/* The widest bus on which the extended CSD reads as it did on one line: not all lines may be there. */
static enum err widen_mmc_bus(struct sdhci *host)
{
	static const struct {
		uint8_t lines, value, control;
	} widths[] = { { 8, 2, CONTROL_8BIT }, { 4, 1, CONTROL_4BIT }, { 1, 0, 0 } };
	uint8_t lines = reg_read(host, CAPABILITIES) & CAP_8BIT ? 8 : 4;
	uint8_t revision = host->bounce[EXT_CSD_REVISION];
	uint32_t sectors = load_le32(host->bounce + EXT_CSD_SECTORS);
	enum err err = ERR_OK;

	lines = MIN(lines, host->wiring.lines);
	for (unsigned int i = 0; i < ARRAY_SIZE(widths); i++) {
		if (widths[i].lines > lines)
			continue;
		err = switch_byte(host, EXT_CSD_BUS_WIDTH, widths[i].value);
		if (err)
			continue;
		set_width(host, widths[i].control);
		err = read_ext_csd(host);
		if (!err && host->bounce[EXT_CSD_REVISION] == revision &&
		    load_le32(host->bounce + EXT_CSD_SECTORS) == sectors)
			break;
	}
	return err;
}

/* Those of before version 4 have no extended CSD, and one data line. */
static enum err start_mmc(struct sdhci *host)
{
	enum err err;

	set_width(host, 0);
	err = read_ext_csd(host);
	if (err == ERR_SD_NO_RESPONSE)
		return ERR_OK;
	if (!err)
		err = widen_mmc_bus(host);
	if (err)
		return err;
	if (host->block_addressed)
		host->block.block_count = load_le32(host->bounce + EXT_CSD_SECTORS);
	host->partition_config = host->bounce[EXT_CSD_PARTITION_CONFIG];
	host->boot_blocks = host->bounce[EXT_CSD_BOOT_SIZE] * (EXT_CSD_BOOT_UNIT / SD_BLOCK_SIZE);
	return ERR_OK;
}

enum err sdhci_select_boot_partition(struct sdhci *host, unsigned int number)
{
	uint8_t config = (uint8_t)((host->partition_config & ~PARTITION_ACCESS_MASK) | number);
	enum err err;

	if (!host->boot_blocks || number < 1 || number > 2)
		return ERR_EMMC_PARTITION;
	err = switch_byte(host, EXT_CSD_PARTITION_CONFIG, config);
	if (!err)
		host->block.block_count = host->boot_blocks;
	return err;
}

/* From idle to the transfer state (4.2), with all data lines that there are. */
static enum err identify(struct sdhci *host)
{
	uint32_t csd[4];
	enum err err = find_card(host);

	if (!err)
		err = command(host, SD_ALL_SEND_CID, 0, R2, 0);
	if (!err)
		err = agree_on_address(host);
	if (err)
		return err;
	err = command(host, SD_SEND_CSD, (uint32_t)host->rca << 16, R2, 0);
	if (err)
		return err;
	for (unsigned int i = 0; i < ARRAY_SIZE(csd); i++)
		csd[i] = reg_read(host, RESPONSE + 4 * i);
	host->block.block_count = csd_block_count(host, csd);
	err = command(host, SD_SELECT_CARD, (uint32_t)host->rca << 16, R1B, 0);
	if (!err && !host->block_addressed)
		err = command(host, SD_SET_BLOCKLEN, SD_BLOCK_SIZE, R1, 0);
	if (err)
		return err;
	if (host->is_mmc)
		return start_mmc(host);
	set_width(host, 0);
	if (host->wiring.lines < 4)
		return ERR_OK;
	err = app_command(host, SD_APP_SET_BUS_WIDTH, 2, R1);
	if (!err)
		set_width(host, CONTROL_4BIT);
	return err;
}

static enum err status_error(uint32_t status)
{
	if (status & (STATUS_OUT_OF_RANGE | STATUS_ADDRESS_ERROR))
		return ERR_SD_ADDRESS;
	if (status & STATUS_COM_CRC_ERROR)
		return ERR_SD_COMMAND_CRC;
	if (status & STATUS_ILLEGAL_COMMAND)
		return ERR_SD_COMMAND;
	if (status & STATUS_WRITE_PROTECTED)
		return ERR_BLOCK_READ_ONLY;
	return status & STATUS_CARD_ERROR ? ERR_SD_READ : ERR_OK;
}

/*
 * Back to the transfer state. Where CMD12 is not due it does no harm, but the card mentions it in its
 * next response: that is CMD13's.
 */
static void recover(const struct sdhci *host)
{
	reset(host, RESET_COMMAND | RESET_DATA);
	command(host, SD_STOP_TRANSMISSION, 0, R1B | COMMAND_ABORT, 0);
	command(host, SD_SEND_STATUS, (uint32_t)host->rca << 16, R1, 0);
}

/* Waits until the card is back from writing, and asks how that went. */
static enum err wait_written(const struct sdhci *host)
{
	uint64_t deadline = deadline_after(SD_BUSY_TIMEOUT_US);

	do {
		enum err err = command(host, SD_SEND_STATUS, (uint32_t)host->rca << 16, R1, 0);
		uint32_t status = reg_read(host, RESPONSE);

		if (!err)
			err = status_error(status);
		if (err)
			return err == ERR_SD_READ ? ERR_SD_WRITE : err;
		if ((status & STATUS_CURRENT_STATE) == STATUS_TRANSFER_STATE)
			return ERR_OK;
	} while (!deadline_passed(deadline));
	return ERR_SD_BUSY;
}

enum direction { READ, WRITE };

/* One command's worth of moving blocks, by DMA at @address. */
static enum err run(struct sdhci *host, enum direction direction, uint64_t lba, uint32_t count,
		    uintptr_t address)
{
	static const uint8_t indexes[2][2] = {
		[READ] = { SD_READ_SINGLE_BLOCK, SD_READ_MULTIPLE_BLOCK },
		[WRITE] = { SD_WRITE_BLOCK, SD_WRITE_MULTIPLE_BLOCK },
	};
	uint32_t mode = MODE_DMA | (direction == READ ? MODE_READ : 0);
	uint8_t index = indexes[direction][count > 1];
	enum err err;

	if (count > 1)
		mode |= MODE_MULTIPLE | MODE_BLOCK_COUNT | MODE_AUTO_CMD12;
	if (host->adma)
		fill_adma_table(host, address, count * SD_BLOCK_SIZE);
	else
		reg_write(host, SDMA_ADDRESS, (uint32_t)address);
	reg_write(host, BLOCK_SIZE_COUNT, count << 16 | BLOCK_SIZE_SDMA_512K | SD_BLOCK_SIZE);
	fence_before_io();
	err = command(host, index, (uint32_t)(host->block_addressed ? lba : lba * SD_BLOCK_SIZE),
		      R1 | COMMAND_DATA, mode);
	if (!err)
		err = status_error(reg_read(host, RESPONSE));
	if (!err) {
		meanwhile_run();
		err = wait_int(host, INT_TRANSFER_COMPLETE, TRANSFER_TIMEOUT_US);
	}
	fence_after_io();
	if (!err && direction == WRITE)
		err = wait_written(host);
	if (err)
		recover(host);
	return err == ERR_TIMEOUT ? ERR_SD_DATA_TIMEOUT : err;
}

/* As many runs as it takes. */
static enum err transfer(struct sdhci *host, enum direction direction, uint64_t lba, uint32_t count,
			 uint8_t *buffer)
{
	uint64_t last_address = UINT32_MAX / (host->block_addressed ? 1 : SD_BLOCK_SIZE);
	unsigned int failures = 0;

	if (lba > last_address || count - 1 > last_address - lba)
		return ERR_SD_ADDRESS;
	while (count) {
		uintptr_t address = (uintptr_t)buffer;
		uint32_t length = longest_run(host, address, count);
		bool bounced = !length;
		enum err err;

		if (bounced) {
			length = 1;
			address = (uintptr_t)host->bounce;
		}
		if (bounced && direction == WRITE)
			memcpy(host->bounce, buffer, SD_BLOCK_SIZE);
		err = run(host, direction, lba, length, address);
		if (err == ERR_BLOCK_READ_ONLY || err == ERR_SD_BUSY)
			return err;
		if (err) {
			if (++failures == MAX_FAILURES)
				return err;
			continue;
		}
		if (bounced && direction == READ)
			memcpy(buffer, host->bounce, SD_BLOCK_SIZE);
		buffer += length * SD_BLOCK_SIZE;
		lba += length;
		count -= length;
	}
	return ERR_OK;
}

static enum err sdhci_read(struct block_device *block, uint64_t lba, uint32_t count, void *buffer)
{
	return transfer(block->driver, READ, lba, count, buffer);
}

/* A transfer that writes only reads the buffer. */
static enum err sdhci_write(struct block_device *block, uint64_t lba, uint32_t count,
			    const void *buffer)
{
	struct sdhci *host = block->driver;

	if (!host->wiring.no_protect && !(reg_read(host, PRESENT_STATE) & PRESENT_WRITE_ENABLED))
		return ERR_BLOCK_READ_ONLY;
	return transfer(host, WRITE, lba, count, (uint8_t *)(uintptr_t)buffer);
}

/* What the controller is; it must be able to write by DMA and to feed the card with 3.3 V. */
static enum err read_capabilities(struct sdhci *host)
{
	uint32_t capabilities = reg_read(host, CAPABILITIES);
	uint32_t mhz;

	host->version = (uint8_t)mmio_read16(host->base + VERSION);
	mhz = capabilities >> 8 & (host->version >= 2 ? 0xff : 0x3f);
	if (mhz)
		host->wiring.clock_hz = mhz * 1000000;
	host->adma = capabilities & CAP_ADMA2;
	host->dma_64bit = host->adma && capabilities & CAP_64BIT;
	if (!(capabilities & CAP_3V3))
		return ERR_SDHCI_VOLTAGE;
	if (!host->wiring.clock_hz)
		return ERR_SDHCI_CLOCK;
	if (!(capabilities & (CAP_ADMA2 | CAP_SDMA)) ||
	    !dma_reaches(host, (uintptr_t)host, sizeof(*host)))
		return ERR_SDHCI_DMA;
	return ERR_OK;
}

static enum err power_up(struct sdhci *host)
{
	enum err err = ERR_OK;

	if (!host->wiring.no_detect && CAP_SLOT(reg_read(host, CAPABILITIES)) == SLOT_REMOVABLE) {
		err = wait_bits(host, PRESENT_STATE, PRESENT_STABLE, PRESENT_STABLE,
				STABLE_TIMEOUT_US, ERR_SD_NO_CARD);
		if (!err && !(reg_read(host, PRESENT_STATE) & PRESENT_INSERTED))
			err = ERR_SD_NO_CARD;
	}
	if (err)
		return err;
	reg_write(host, INT_STATUS_ENABLE, INT_STATUS_ALL);
	reg_write(host, INT_SIGNAL_ENABLE, 0);
	mmio_write8(host->base + TIMEOUT_CONTROL, TIMEOUT_MAX);
	mmio_write8(host->base + POWER_CONTROL, POWER_3V3_ON);
	delay(POWER_UP_US);
	err = set_clock(host, SD_IDENTIFICATION_HZ);
	delay(WAKE_UP_US);
	return err;
}

enum err sdhci_open(struct sdhci *host, uintptr_t base, const struct sdhci_wiring *wiring)
{
	static const struct block_ops ops = { .read = sdhci_read,
					      .write = BLOCK_WRITE(sdhci_write) };
	enum err err;

	*host = (struct sdhci){
		.block = { .ops = &ops,
			   .driver = host,
			   .name = "SD card",
			   .block_size = SD_BLOCK_SIZE },
		.base = base,
		.wiring = *wiring,
	};
	err = reset(host, RESET_ALL);
	if (!err)
		err = read_capabilities(host);
	if (!err)
		err = power_up(host);
	if (!err)
		err = identify(host);
	if (!err)
		err = set_clock(host, SD_DEFAULT_SPEED_HZ);
	if (err)
		sdhci_close(host);
	return err;
}

void sdhci_close(struct sdhci *host)
{
	reset(host, RESET_ALL);
}
