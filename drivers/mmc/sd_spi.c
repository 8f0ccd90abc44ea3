/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An SD memory card on an SPI bus (SD Physical Layer Simplified Specification 6.0, chapter 7): finding,
 * reading and writing it, with CRCs on. No CMD9, CMD10 or CMD13: not every model of a card answers
 * them. So what a card says only in its status is not seen: whether it kept what it took. Reading
 * it back shows that.
 */
#include "drivers/mmc/sd_spi.h"

#include "drivers/mmc/sd.h"
#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/crc.h"

/* R1 */
#define R1_IDLE 0x01
#define R1_ILLEGAL_COMMAND 0x04
#define R1_CRC_ERROR 0x08
#define R1_ADDRESS_ERROR 0x20
#define R1_PARAMETER_ERROR 0x40
#define R1_NONE 0x80 /* never set in an R1 */

/* Tokens instead of data */
#define TOKEN_START 0xfe
#define TOKEN_START_MULTIPLE_WRITE 0xfc
#define TOKEN_STOP_WRITE 0xfd
#define TOKEN_ERROR_MASK 0xe0 /* none of these bits in an error token */
#define TOKEN_OUT_OF_RANGE 0x08
#define TOKEN_NOT_YET 0xff

/* What a card answers to a block */
#define DATA_RESPONSE_MASK 0x1f
#define DATA_ACCEPTED 0x05
#define DATA_CRC_ERROR 0x0b
#define DATA_WRITE_ERROR 0x0d

#define WAKE_UP_BYTES 10     /* at least 74 clocks with the card not selected */
#define RESPONSE_MAX_BYTES 8 /* N_CR: a response begins within so many bytes */
#define GO_IDLE_TRIES 16
#define COMMAND_TRIES 3
#define MAX_FAILURES 8 /* in one call */

static enum err read_bytes(struct sd_spi *card, uint8_t *bytes, size_t length)
{
	return card->bus->ops->transfer(card->bus, NULL, bytes, length);
}

static enum err send_bytes(struct sd_spi *card, const uint8_t *bytes, size_t length)
{
	return card->bus->ops->transfer(card->bus, bytes, NULL, length);
}

static void select(struct sd_spi *card)
{
	card->bus->ops->select(card->bus, true);
}

/* The card lets go of its data line a byte after it is no longer selected. */
static void deselect(struct sd_spi *card)
{
	card->bus->ops->select(card->bus, false);
	card->bus->ops->transfer(card->bus, NULL, NULL, 1);
}

/* A busy card holds its data line low; the byte in which it lets go may have any number of ones. */
static enum err wait_not_busy(struct sd_spi *card)
{
	uint64_t deadline = deadline_after(SD_BUSY_TIMEOUT_US);
	uint8_t byte;
	enum err err;

	do {
		err = read_bytes(card, &byte, 1);
		if (err || byte == 0xff)
			return err;
	} while (!deadline_passed(deadline));
	return ERR_SD_BUSY;
}

static enum err send_frame(struct sd_spi *card, uint8_t command, uint32_t argument, uint8_t *r1)
{
	uint8_t frame[6] = {
		(uint8_t)(0x40 | command), (uint8_t)(argument >> 24), (uint8_t)(argument >> 16),
		(uint8_t)(argument >> 8),  (uint8_t)argument,
	};
	enum err err;

	frame[5] = (uint8_t)(crc7(0, frame, 5) << 1 | 1);
	err = send_bytes(card, frame, sizeof(frame));
	/* What comes next may still be data. */
	if (!err && command == SD_STOP_TRANSMISSION)
		err = read_bytes(card, r1, 1);
	for (unsigned int i = 0; !err && i <= RESPONSE_MAX_BYTES; i++) {
		err = read_bytes(card, r1, 1);
		if (!err && !(*r1 & R1_NONE))
			return ERR_OK;
	}
	return err ? err : ERR_SD_NO_RESPONSE;
}

static enum err r1_error(uint8_t r1)
{
	if (r1 & R1_ILLEGAL_COMMAND)
		return ERR_SD_COMMAND;
	if (r1 & R1_CRC_ERROR)
		return ERR_SD_COMMAND_CRC;
	if (r1 & (R1_ADDRESS_ERROR | R1_PARAMETER_ERROR))
		return ERR_SD_ADDRESS;
	return r1 & ~R1_IDLE ? ERR_SD_COMMAND : ERR_OK;
}

/*
 * Selects the card and sends a command, again when it was damaged on its way. @more are the bytes of
 * the response after R1. The card stays selected.
 */
static enum err command(struct sd_spi *card, uint8_t index, uint32_t argument, uint8_t *r1,
			uint8_t *more, size_t more_length)
{
	enum err err = ERR_OK;

	for (unsigned int i = 0; i < COMMAND_TRIES; i++) {
		select(card);
		err = wait_not_busy(card);
		if (!err)
			err = send_frame(card, index, argument, r1);
		if (!err)
			err = r1_error(*r1);
		if (err == ERR_OK && more_length)
			err = read_bytes(card, more, more_length);
		if (err != ERR_SD_NO_RESPONSE && err != ERR_SD_COMMAND_CRC)
			break;
		deselect(card);
	}
	return err;
}

/* A command all of whose answer is R1, and after which nothing follows. */
static enum err simple_command(struct sd_spi *card, uint8_t index, uint32_t argument, uint8_t *r1)
{
	enum err err = command(card, index, argument, r1, NULL, 0);

	deselect(card);
	return err;
}

static enum err read_ocr(struct sd_spi *card, uint32_t *ocr)
{
	uint8_t r1, bytes[4];
	enum err err = command(card, SD_READ_OCR, 0, &r1, bytes, sizeof(bytes));

	deselect(card);
	*ocr = err ? 0 : load_be32(bytes);
	return err;
}

/*
 * Into the idle state and SPI mode. A card that a former user left in the middle of a transfer needs
 * CMD12 first. Lines that float or are tied read as anything, but hardly as R1_IDLE.
 */
static enum err go_idle(struct sd_spi *card)
{
	for (unsigned int i = 0; i < GO_IDLE_TRIES; i++) {
		uint8_t r1;
		enum err err;

		select(card);
		err = send_frame(card, SD_GO_IDLE_STATE, 0, &r1);
		deselect(card);
		if (err && err != ERR_SD_NO_RESPONSE)
			return err;
		if (!err && r1 == R1_IDLE)
			return ERR_OK;
		select(card);
		err = send_frame(card, SD_STOP_TRANSMISSION, 0, &r1);
		deselect(card);
		if (err && err != ERR_SD_NO_RESPONSE)
			return err;
	}
	return ERR_SD_NO_CARD;
}

/* @version_2: the card knows CMD8, and so may be larger than 2 GB. */
static enum err check_voltage(struct sd_spi *card, bool *version_2)
{
	uint8_t r1, r7[4];
	uint32_t ocr;
	enum err err = command(card, SD_SEND_IF_COND, SD_IF_COND, &r1, r7, sizeof(r7));

	deselect(card);
	*version_2 = err == ERR_OK;
	if (err == ERR_OK && (load_be32(r7) & SD_IF_COND_MASK) != SD_IF_COND)
		return ERR_SD_VOLTAGE;
	if (err && err != ERR_SD_COMMAND)
		return err;
	err = read_ocr(card, &ocr);
	if (err)
		return err;
	return ocr & SD_OCR_3V2_3V4 ? ERR_OK : ERR_SD_VOLTAGE;
}

static enum err wait_ready(struct sd_spi *card, bool version_2)
{
	uint64_t deadline = deadline_after(SD_READY_TIMEOUT_US);
	uint8_t r1;
	enum err err;

	do {
		err = simple_command(card, SD_APP_CMD, 0, &r1);
		if (!err)
			err = simple_command(card, SD_APP_SEND_OP_COND,
					     version_2 ? SD_OCR_BLOCK_ADDRESSED : 0, &r1);
		if (err)
			return err == ERR_SD_COMMAND ? ERR_SD_NOT_SD : err;
		if (!(r1 & R1_IDLE))
			return ERR_OK;
	} while (!deadline_passed(deadline));
	return ERR_SD_NOT_READY;
}

static enum err token_error(uint8_t token)
{
	if (token & TOKEN_ERROR_MASK)
		return ERR_SD_DATA_TOKEN;
	return token & TOKEN_OUT_OF_RANGE ? ERR_SD_ADDRESS : ERR_SD_READ;
}

static enum err wait_token(struct sd_spi *card, uint8_t *token)
{
	uint64_t deadline = deadline_after(SD_READ_TIMEOUT_US);
	enum err err;

	do {
		err = read_bytes(card, token, 1);
		if (err || *token != TOKEN_NOT_YET)
			return err;
	} while (!deadline_passed(deadline));
	return ERR_SD_DATA_TIMEOUT;
}

static enum err receive_data(struct sd_spi *card, uint8_t *data, size_t length)
{
	uint8_t token, crc[2];
	enum err err = wait_token(card, &token);

	if (err)
		return err;
	if (token != TOKEN_START)
		return token_error(token);
	err = read_bytes(card, data, length);
	if (!err)
		err = read_bytes(card, crc, sizeof(crc));
	if (err)
		return err;
	return crc16(0, data, length) == load_be16(crc) ? ERR_OK : ERR_SD_DATA_CRC;
}

/*
 * Cards need not be asked who they are, and QEMU 10's refuses to say it; but QEMU 11's reads no block
 * before. A refusal may be mentioned in the next response, which is CMD58's.
 */
static void read_cid(struct sd_spi *card)
{
	uint8_t r1, cid[SD_CID_SIZE];
	uint32_t ocr;
	enum err err = command(card, SD_SEND_CID, 0, &r1, NULL, 0);

	if (!err)
		receive_data(card, cid, sizeof(cid));
	deselect(card);
	if (err)
		read_ocr(card, &ocr);
}

static enum err identify(struct sd_spi *card)
{
	bool version_2;
	uint32_t ocr;
	uint8_t r1;
	enum err err = go_idle(card);

	if (!err)
		err = check_voltage(card, &version_2);
	if (!err)
		err = wait_ready(card, version_2);
	if (!err)
		err = simple_command(card, SD_CRC_ON_OFF, 1, &r1);
	if (err)
		return err;
	if (version_2) {
		err = read_ocr(card, &ocr);
		if (err)
			return err;
		card->block_addressed = ocr & SD_OCR_BLOCK_ADDRESSED;
	}
	read_cid(card);
	return card->block_addressed ? ERR_OK
				     : simple_command(card, SD_SET_BLOCKLEN, SD_BLOCK_SIZE, &r1);
}

/*
 * Ends a multiple-block read. Status bits other than a CRC error do not count: past the last block
 * the card reports that it read ahead beyond its end.
 */
static enum err stop_transmission(struct sd_spi *card)
{
	enum err err = ERR_OK;

	for (unsigned int i = 0; i < COMMAND_TRIES; i++) {
		uint8_t r1;

		err = send_frame(card, SD_STOP_TRANSMISSION, 0, &r1);
		if (!err && !(r1 & R1_CRC_ERROR))
			return wait_not_busy(card);
		if (err && err != ERR_SD_NO_RESPONSE)
			break;
	}
	return err ? err : ERR_SD_COMMAND_CRC;
}

/* The command that begins a transfer; the card stays selected. */
static enum err start(struct sd_spi *card, uint8_t index, uint64_t lba)
{
	uint64_t address = card->block_addressed ? lba : lba * SD_BLOCK_SIZE;
	uint8_t r1;
	enum err err = command(card, index, (uint32_t)address, &r1, NULL, 0);

	if (!err && r1 & R1_IDLE)
		err = ERR_SD_NOT_READY; /* the card was reset or changed */
	return err;
}

/* One command's worth of reading; @done counts the blocks that arrived well. */
static enum err read_run(struct sd_spi *card, uint64_t lba, uint32_t count, uint8_t *buffer,
			 uint32_t *done)
{
	uint8_t index = count > 1 ? SD_READ_MULTIPLE_BLOCK : SD_READ_SINGLE_BLOCK;
	enum err err, stop_err;

	*done = 0;
	err = start(card, index, lba);
	if (!err) {
		while (!err && *done < count) {
			err = receive_data(card, buffer + (size_t)*done * SD_BLOCK_SIZE,
					   SD_BLOCK_SIZE);
			if (!err)
				++*done;
		}
		if (index == SD_READ_MULTIPLE_BLOCK) {
			stop_err = stop_transmission(card);
			err = err ? err : stop_err;
		}
	}
	deselect(card);
	return err;
}

/* Writing is rare and slow: small rather than fast. */
#define RARE __attribute__((cold, noinline))

static RARE enum err response_error(uint8_t response)
{
	switch (response & DATA_RESPONSE_MASK) {
	case DATA_ACCEPTED:
		return ERR_OK;
	case DATA_CRC_ERROR:
		return ERR_SD_DATA_CRC;
	case DATA_WRITE_ERROR:
		return ERR_SD_WRITE;
	default:
		return ERR_SD_DATA_TOKEN;
	}
}

/* Sends a block, and waits until the card has written it. */
static RARE enum err send_block(struct sd_spi *card, uint8_t token, const uint8_t *block)
{
	uint16_t crc = crc16(0, block, SD_BLOCK_SIZE);
	uint8_t head[2] = { 0xff, token };
	uint8_t tail[2] = { (uint8_t)(crc >> 8), (uint8_t)crc };
	uint8_t response;
	enum err err = send_bytes(card, head, sizeof(head));

	if (!err)
		err = send_bytes(card, block, SD_BLOCK_SIZE);
	if (!err)
		err = send_bytes(card, tail, sizeof(tail));
	if (!err)
		err = read_bytes(card, &response, 1);
	if (!err)
		err = response_error(response);
	return err ? err : wait_not_busy(card);
}

/* Ends a multiple-block write; one that went wrong takes CMD12. */
static RARE enum err stop_write(struct sd_spi *card, enum err so_far)
{
	static const uint8_t stop[2] = { TOKEN_STOP_WRITE, 0xff };
	enum err err;

	if (so_far) {
		stop_transmission(card);
		return so_far;
	}
	err = send_bytes(card, stop, sizeof(stop));
	return err ? err : wait_not_busy(card);
}

/* One command's worth of writing; @done counts the blocks that the card has written. */
static RARE enum err write_run(struct sd_spi *card, uint64_t lba, uint32_t count, uint8_t *buffer,
			       uint32_t *done)
{
	bool multiple = count > 1;
	enum err err;

	*done = 0;
	err = start(card, multiple ? SD_WRITE_MULTIPLE_BLOCK : SD_WRITE_BLOCK, lba);
	if (!err) {
		while (!err && *done < count) {
			err = send_block(card, multiple ? TOKEN_START_MULTIPLE_WRITE : TOKEN_START,
					 buffer + (size_t)*done * SD_BLOCK_SIZE);
			if (!err)
				++*done;
		}
		if (multiple)
			err = stop_write(card, err);
	}
	deselect(card);
	return err;
}

/*
 * Back in step with a card that may have missed a command. Where CMD12 is not due it does no harm, but
 * a card may mention it in its next response: that is CMD58's.
 */
static void prepare_retry(struct sd_spi *card, enum err err)
{
	uint32_t ocr;
	uint8_t r1;

	select(card);
	send_frame(card, SD_STOP_TRANSMISSION, 0, &r1);
	deselect(card);
	read_ocr(card, &ocr);
	if (err == ERR_SD_DATA_CRC && card->hz / 2 >= SD_IDENTIFICATION_HZ) {
		card->hz /= 2;
		card->bus->ops->set_speed(card->bus, card->hz);
	}
}

typedef enum err run_function(struct sd_spi *card, uint64_t lba, uint32_t count, uint8_t *buffer,
			      uint32_t *done);

/* As many runs as it takes. */
static enum err transfer(struct sd_spi *card, run_function *run_once, uint64_t lba, uint32_t count,
			 uint8_t *buffer)
{
	uint64_t last_address = UINT32_MAX / (card->block_addressed ? 1 : SD_BLOCK_SIZE);
	unsigned int failures = 0;
	uint32_t done = 0;

	if (lba > last_address || count - 1 > last_address - lba)
		return ERR_SD_ADDRESS;
	for (;;) {
		uint32_t run;
		enum err err = run_once(card, lba + done, count - done,
					buffer + (size_t)done * SD_BLOCK_SIZE, &run);

		done += run;
		if (!err || done == count)
			return err;
		if (err == ERR_SPI_TIMEOUT || err == ERR_SD_BUSY || ++failures == MAX_FAILURES)
			return err;
		prepare_retry(card, err);
	}
}

static enum err sd_spi_read(struct block_device *block, uint64_t lba, uint32_t count, void *buffer)
{
	return transfer(block->driver, read_run, lba, count, buffer);
}

/* write_run() only reads the buffer. */
static enum err sd_spi_write(struct block_device *block, uint64_t lba, uint32_t count,
			     const void *buffer)
{
	return transfer(block->driver, write_run, lba, count, (uint8_t *)(uintptr_t)buffer);
}

enum err sd_spi_open(struct sd_spi *card, struct spi_bus *bus, uint32_t hz)
{
	static const struct block_ops ops = { .read = sd_spi_read,
					      .write = BLOCK_WRITE(sd_spi_write) };
	enum err err;

	*card = (struct sd_spi){
		.block = { .ops = &ops,
			   .driver = card,
			   .name = "SD card",
			   .block_size = SD_BLOCK_SIZE },
		.bus = bus,
		.hz = hz < SD_DEFAULT_SPEED_HZ ? hz : SD_DEFAULT_SPEED_HZ,
	};
	bus->ops->set_speed(bus, SD_IDENTIFICATION_HZ);
	bus->ops->select(bus, false);
	err = bus->ops->transfer(bus, NULL, NULL, WAKE_UP_BYTES);
	if (!err)
		err = identify(card);
	if (!err)
		bus->ops->set_speed(bus, card->hz);
	return err;
}
