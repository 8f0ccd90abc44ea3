/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SD command layer over SPI against a model of a card, byte by byte: what the card hears is checked
 * against the specification, what it answers can be spoilt in every way that a card or a wire can.
 */
/* sources: drivers/mmc/sd_spi.c drivers/block/block.c lib/crc.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/mmc/sd_spi.h"
#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/crc.h"

#define BLOCK 512
#define FOREVER UINT32_MAX

static uint64_t now_ns;

uint64_t clock_us(void)
{
	now_ns += 100;
	return now_ns / 1000;
}

enum fault {
	NO_FAULT,
	DATA_CRC,    /* a bit of the data flips */
	BAD_TOKEN,   /* something else where the token should be */
	ECC_TOKEN,   /* the card's own memory fails */
	RANGE_TOKEN, /* error token "out of range" */
	LATE_DATA,   /* nothing for 300 ms */
	WRITE_CRC,   /* data arrives damaged */
	WRITE_ERROR, /* the card cannot keep it */
	NO_ANSWER,   /* to a block of data */
	COMMAND_CRC, /* the card hears a damaged command */
	DEAF,	     /* the card does not hear a command at all */
};

static struct card {
	/* What it is */
	bool absent, stuck_low, mmc, version_1, block_addressed, low_voltage, no_if_cond_echo;
	bool crc_on_refused;
	bool cid_first; /* it reads nothing before CMD10 */
	bool cid_refused, refused, identified;
	uint32_t blocks;
	uint32_t ready_after; /* ACMD41s */
	uint32_t response_delay, data_delay, busy_bytes, write_ms;

	/* What goes wrong: @fault, beginning with occasion @fault_at, @fault_count times */
	enum fault fault;
	uint32_t fault_at, fault_count;
	uint32_t reset_at; /* falls back into idle before command number ... */

	/* What it is doing */
	bool selected, spi_mode, idle, crc_on, app, streaming;
	uint32_t dummy_clocks, init_polls, commands, data_blocks;
	uint64_t next_block;
	uint64_t silent_until_ns;
	uint8_t frame[6];
	unsigned int frame_length;
	uint8_t out[2048];
	unsigned int out_head, out_tail, late_from;
	uint32_t hz, slowest_hz, stops, reads, single_reads;
	bool writing, writing_many, gap;
	uint8_t token;
	uint8_t in[BLOCK + 2];
	unsigned int in_length;
	uint64_t busy_until_ns;
	uint32_t writes, single_writes, write_stops, written;
	uint64_t written_lba[64];
	uint8_t written_data[64][BLOCK];
} card;

static bool strikes(enum fault fault, uint32_t occasion)
{
	return card.fault == fault && occasion >= card.fault_at &&
	       occasion - card.fault_at < card.fault_count;
}

static void say(uint8_t byte)
{
	assert_true(card.out_tail < sizeof(card.out));
	card.out[card.out_tail++] = byte;
}

static void say_times(uint8_t byte, uint32_t times)
{
	while (times--)
		say(byte);
}

static uint8_t content(uint64_t lba, unsigned int i)
{
	for (unsigned int w = card.written; w--;) {
		if (card.written_lba[w] == lba)
			return card.written_data[w][i];
	}
	return (uint8_t)(lba * 31 + i * 7 + (lba >> 8) + (i >> 8));
}

static void respond(uint8_t r1, const void *more, size_t length)
{
	say_times(0xff, card.response_delay);
	say((uint8_t)(r1 | card.idle | (card.refused ? 0x04 : 0)));
	card.refused = false;
	for (size_t i = 0; i < length; i++)
		say(((const uint8_t *)more)[i]);
}

static void send_block(void)
{
	uint32_t number = card.data_blocks++;
	uint16_t crc = 0;

	if (strikes(LATE_DATA, number))
		card.late_from = card.out_tail;
	say_times(0xff, card.data_delay);
	if (strikes(BAD_TOKEN, number)) {
		say(0xf0);
		card.streaming = false;
		return;
	}
	if (strikes(ECC_TOKEN, number) || strikes(RANGE_TOKEN, number) ||
	    card.next_block >= card.blocks) {
		say(card.fault == ECC_TOKEN ? 0x04 : 0x08);
		card.streaming = false;
		return;
	}
	say(0xfe);
	for (unsigned int i = 0; i < BLOCK; i++) {
		uint8_t byte = content(card.next_block, i);

		crc = crc16(crc, &byte, 1);
		say(byte ^ (strikes(DATA_CRC, number) && i == 300 ? 0x10 : 0));
	}
	say((uint8_t)(crc >> 8));
	say((uint8_t)crc);
	card.next_block++;
}

static void start_read(uint32_t argument, bool many)
{
	uint64_t lba = card.block_addressed ? argument : argument / BLOCK;

	if (!card.block_addressed && argument % BLOCK) {
		respond(0x20, NULL, 0);
		return;
	}
	if (lba >= card.blocks) {
		respond(0x40, NULL, 0);
		return;
	}
	respond(0, NULL, 0);
	card.next_block = lba;
	card.reads++;
	if (many)
		card.streaming = true;
	else
		card.single_reads++;
	send_block();
}

static void start_write(uint32_t argument, bool many)
{
	uint64_t lba = card.block_addressed ? argument : argument / BLOCK;

	if (!card.block_addressed)
		assert_int_equal(argument % BLOCK, 0);
	if (lba >= card.blocks) {
		respond(0x40, NULL, 0);
		return;
	}
	respond(0, NULL, 0);
	card.next_block = lba;
	card.writing = true;
	card.writing_many = many;
	card.gap = false;
	card.token = 0;
	card.writes++;
	if (!many)
		card.single_writes++;
}

/* The block in card.in with its CRC: kept or not, and answered. */
static void take_block(void)
{
	uint32_t number = card.data_blocks++;

	assert_int_equal(crc16(0, card.in, BLOCK), load_be16(card.in + BLOCK));
	card.token = 0;
	card.gap = false;
	card.writing = card.writing_many;
	if (strikes(NO_ANSWER, number))
		return;
	if (strikes(WRITE_CRC, number)) {
		say(0xeb);
		return;
	}
	if (strikes(WRITE_ERROR, number)) {
		say(0xed);
		return;
	}
	say(0xe5);
	assert_true(card.written < 64);
	memcpy(card.written_data[card.written], card.in, BLOCK);
	card.written_lba[card.written++] = card.next_block++;
	card.busy_until_ns = now_ns + card.write_ms * 1000000ull;
}

/* A byte that the host sends while the card waits for data. */
static void hear_data(uint8_t in)
{
	if (card.token) {
		card.in[card.in_length++] = in;
		if (card.in_length == sizeof(card.in))
			take_block();
		return;
	}
	if (in == 0xff) {
		card.gap = true;
		return;
	}
	assert_true(now_ns >= card.busy_until_ns);
	if (in == 0xfd) {
		assert_true(card.writing_many);
		card.writing = false;
		card.write_stops++;
		card.busy_until_ns = now_ns + card.write_ms * 1000000ull;
		return;
	}
	/* N_WR: a byte at least between the response and the token. */
	assert_true(card.gap);
	assert_int_equal(in, card.writing_many ? 0xfc : 0xfe);
	card.token = in;
	card.in_length = 0;
}

static void say_ocr(void)
{
	uint8_t ocr[4] = { card.idle ? 0 : 0x80, 0xff, 0x80, 0 };

	if (card.low_voltage)
		ocr[1] = 0;
	if (!card.idle && card.block_addressed)
		ocr[0] |= 0x40;
	respond(0, ocr, 4);
}

static void say_cid(void)
{
	uint16_t crc = 0;

	respond(0, NULL, 0);
	say_times(0xff, card.data_delay);
	say(0xfe);
	for (uint8_t byte = 0; byte < 16; byte++) {
		crc = crc16(crc, &byte, 1);
		say(byte);
	}
	say((uint8_t)(crc >> 8));
	say((uint8_t)crc);
	card.identified = true;
}

static void stop(void)
{
	/* What was on its way is cut off; a stuff byte that looks like an R1 comes first. */
	card.out_head = card.out_tail = 0;
	card.late_from = 0;
	card.silent_until_ns = 0;
	card.streaming = false;
	card.writing = false;
	card.stops++;
	say(0x3f);
	respond(card.next_block >= card.blocks ? 0x40 : 0, NULL, 0);
	say_times(0x00, card.busy_bytes);
	say(0x1f);
}

static void app_command(uint8_t index, uint32_t argument)
{
	assert_int_equal(index, 41);
	assert_int_equal(argument & ~0x40000000u, 0);
	/* A card of more than 2 GB stays idle for a host that cannot do it. */
	if (++card.init_polls >= card.ready_after &&
	    (!card.block_addressed || argument & 0x40000000))
		card.idle = false;
	respond(0, NULL, 0);
}

/* QEMU 10's card tells of it again with the next response. */
static void refuse(void)
{
	respond(0x04, NULL, 0);
	card.refused = card.cid_refused;
}

static void execute(void)
{
	uint8_t index = card.frame[0] & 0x3f;
	uint32_t argument = load_be32(card.frame + 1);
	uint32_t number = card.commands++;
	uint8_t echo[4] = { 0, 0, 1, card.no_if_cond_echo ? 0x55 : card.frame[4] };
	bool app = card.app;

	/* This host always sends good CRCs; the specification demands them of CMD0 and CMD8. */
	assert_int_equal(card.frame[5], crc7(0, card.frame, 5) << 1 | 1);
	if (strikes(DEAF, number))
		return;
	if (strikes(COMMAND_CRC, number)) {
		if (index == 12) {
			card.out_head = card.out_tail = 0;
			say(0x3f);
		}
		respond(0x08, NULL, 0);
		return;
	}
	if (number == card.reset_at && number)
		card.idle = true;
	card.app = false;
	if (index == 0) {
		assert_true(card.dummy_clocks >= 74);
		card.spi_mode = card.idle = true;
		card.crc_on = card.streaming = false;
		card.init_polls = 0;
		card.out_head = card.out_tail = 0;
		respond(0, NULL, 0);
		return;
	}
	if (!card.spi_mode)
		return;
	if (index == 12)
		stop();
	else if (app)
		app_command(index, argument);
	else if (index == 8 && !card.version_1 && !card.mmc)
		respond(0, echo, 4);
	else if (index == 55 && !card.mmc) {
		card.app = true;
		respond(0, NULL, 0);
	} else if (index == 58)
		say_ocr();
	else if (index == 59 && !card.crc_on_refused) {
		card.crc_on = argument & 1;
		respond(0, NULL, 0);
	} else if (index == 16 && !card.idle) {
		assert_int_equal(argument, BLOCK);
		respond(0, NULL, 0);
	} else if (index == 10 && !card.idle && !card.cid_refused)
		say_cid();
	else if ((index == 17 || index == 18) && !card.idle && (card.identified || !card.cid_first))
		start_read(argument, index == 18);
	else if ((index == 24 || index == 25) && !card.idle)
		start_write(argument, index == 25);
	else
		refuse();
}

static uint8_t card_byte(uint8_t in)
{
	uint8_t out = 0xff;

	if (card.absent)
		return 0xff;
	if (card.stuck_low)
		return 0;
	if (!card.selected) {
		card.dummy_clocks += 8;
		return 0xff;
	}
	if (now_ns >= card.silent_until_ns) {
		if (card.out_head == card.out_tail) {
			card.out_head = card.out_tail = 0;
			if (now_ns < card.busy_until_ns)
				out = 0;
			if (card.streaming)
				send_block();
		}
		if (card.late_from && card.out_head == card.late_from) {
			card.late_from = 0;
			card.silent_until_ns = now_ns + 300000000;
		} else if (card.out_head < card.out_tail)
			out = card.out[card.out_head++];
	}
	if (card.writing && !card.frame_length && (card.token || (in & 0xc0) != 0x40)) {
		hear_data(in);
		return out;
	}
	if (!card.frame_length && (in & 0xc0) != 0x40)
		return out;
	card.frame[card.frame_length++] = in;
	if (card.frame_length == sizeof(card.frame)) {
		card.frame_length = 0;
		execute();
	}
	return out;
}

static void set_speed(struct spi_bus *bus, uint32_t hz)
{
	(void)bus;
	card.hz = hz;
	if (hz != 400000)
		card.slowest_hz = MIN(card.slowest_hz, hz);
	assert_true(hz <= 25000000);
}

static void select_card(struct spi_bus *bus, bool active)
{
	(void)bus;
	card.selected = active;
	card.frame_length = 0;
}

static enum err transfer(struct spi_bus *bus, const uint8_t *tx, uint8_t *rx, size_t length)
{
	(void)bus;
	assert_true(card.hz > 0);
	if (card.idle || !card.spi_mode)
		assert_true(card.hz <= 400000);
	for (size_t i = 0; i < length; i++) {
		uint8_t in = card_byte(tx ? tx[i] : 0xff);

		if (rx)
			rx[i] = in;
		now_ns += 8000000000ull / card.hz;
	}
	return ERR_OK;
}

static const struct spi_ops ops = { .set_speed = set_speed,
				    .select = select_card,
				    .transfer = transfer };
static struct spi_bus bus = { .ops = &ops };
static struct sd_spi sd;
static uint8_t buffer[40 * BLOCK];

static int insert_card(void **state)
{
	(void)state;
	card = (struct card){ .block_addressed = true,
			      .blocks = 1u << 23,
			      .ready_after = 3,
			      .response_delay = 1,
			      .data_delay = 5,
			      .busy_bytes = 3,
			      .slowest_hz = FOREVER,
			      .fault_count = 1 };
	memset(buffer, 0, sizeof(buffer));
	return 0;
}

static void open_card(void)
{
	assert_int_equal(sd_spi_open(&sd, &bus, 20000000), ERR_OK);
	assert_int_equal(card.hz, 20000000);
	assert_int_equal(sd.block.block_size, BLOCK);
	assert_true(card.crc_on);
	assert_false(card.selected);
}

static void assert_reads(uint64_t lba, uint32_t count)
{
	assert_true(count * BLOCK <= sizeof(buffer));
	assert_int_equal(block_read(&sd.block, lba, count, buffer), ERR_OK);
	for (uint32_t i = 0; i < count * BLOCK; i++)
		assert_int_equal(buffer[i], content(lba + i / BLOCK, i % BLOCK));
	assert_false(card.selected);
}

static void reads_blocks(void **state)
{
	(void)state;
	open_card();
	assert_true(sd.block_addressed);
	assert_reads(0, 1);
	assert_int_equal(card.single_reads, 1);
	assert_int_equal(card.stops, 0);
	assert_reads(2082, 40);
	assert_int_equal(card.stops, 1);
	assert_reads(card.blocks - 2, 2);
	assert_int_equal(block_read(&sd.block, 5, 0, buffer), ERR_OK);
}

static void identifies_cards_that_insist(void **state)
{
	(void)state;
	card.cid_first = true;
	open_card();
	assert_reads(1, 3);
	/* Of a card of bytes the length of a block is set next, whose response counts. */
	insert_card(state);
	card.block_addressed = false;
	card.blocks = 1u << 22;
	card.cid_refused = true;
	open_card();
	assert_false(card.identified);
	assert_reads(1, 3);
}

static void fill(uint32_t seed)
{
	for (uint32_t i = 0; i < sizeof(buffer); i++)
		buffer[i] = (uint8_t)(i * 13 + (i >> 8) + seed);
}

/* What is in the buffer is on the card afterwards, there and not beside it. */
static void assert_writes(uint64_t lba, uint32_t count)
{
	uint32_t before = card.written;

	assert_int_equal(block_write(&sd.block, lba, count, buffer), ERR_OK);
	for (uint32_t i = 0; i < count * BLOCK; i++)
		assert_int_equal(buffer[i], content(lba + i / BLOCK, i % BLOCK));
	for (uint32_t i = before; i < card.written; i++)
		assert_in_range(card.written_lba[i], lba, lba + count - 1);
	assert_false(card.selected || card.writing);
}

static void writes_blocks(void **state)
{
	open_card();
	fill(1);
	assert_writes(7, 1);
	assert_int_equal(card.single_writes, 1);
	fill(2);
	assert_writes(2082, 20);
	assert_int_equal(card.writes, 2);
	assert_int_equal(card.write_stops, 1);
	assert_int_equal(card.written, 21);
	assert_reads(2080, 24);
	assert_int_equal(block_write(&sd.block, card.blocks, 1, buffer), ERR_SD_ADDRESS);
	assert_int_equal(block_write(&sd.block, UINT64_MAX, 2, buffer), ERR_BLOCK_RANGE);
	assert_int_equal(block_write(&sd.block, 1ull << 32, 1, buffer), ERR_SD_ADDRESS);
	assert_int_equal(card.written, 21);

	insert_card(state);
	card.block_addressed = false;
	card.blocks = 1u << 22;
	open_card();
	fill(3);
	assert_writes(5, 3);
}

static void waits_for_a_slow_writer(void **state)
{
	uint64_t start;

	open_card();
	card.write_ms = 400;
	fill(1);
	assert_writes(10, 3);
	assert_writes(10, 1);

	insert_card(state);
	open_card();
	card.write_ms = 100000;
	start = now_ns;
	assert_int_equal(block_write(&sd.block, 10, 3, buffer), ERR_SD_BUSY);
	assert_in_range(now_ns - start, 0, 1100000000ull);
	assert_false(card.selected);
}

static void retries_writes(void **state)
{
	static const struct {
		enum fault fault;
		enum err err;
	} faults[] = {
		{ WRITE_CRC, ERR_SD_DATA_CRC },
		{ WRITE_ERROR, ERR_SD_WRITE },
		{ NO_ANSWER, ERR_SD_DATA_TOKEN },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		for (uint32_t count = 1; count <= 9; count += 8) {
			insert_card(state);
			open_card();
			fill(i);
			card.fault = faults[i].fault;
			card.fault_at = count / 2;
			assert_writes(10, count);
			assert_int_equal(card.hz, i ? 20000000 : 10000000);

			insert_card(state);
			open_card();
			card.fault = faults[i].fault;
			card.fault_count = FOREVER;
			assert_int_equal(block_write(&sd.block, 1, count, buffer), faults[i].err);
			assert_int_equal(card.written, 0);
			assert_false(card.selected || card.writing);
		}
	}
}

static void addresses_standard_capacity_by_byte(void **state)
{
	(void)state;
	card.block_addressed = false;
	card.blocks = 1u << 22; /* 2 GiB */
	open_card();
	assert_false(sd.block_addressed);
	assert_reads(card.blocks - 3, 3);
	card.blocks = UINT32_MAX;
	assert_reads((1u << 23) - 1, 1);
	assert_int_equal(block_read(&sd.block, 1u << 23, 1, buffer), ERR_SD_ADDRESS);
	assert_int_equal(block_read(&sd.block, (1u << 23) - 1, 2, buffer), ERR_SD_ADDRESS);
}

static void knows_version_1_cards(void **state)
{
	(void)state;
	card.version_1 = true;
	card.block_addressed = false;
	open_card();
	assert_reads(7, 3);
}

static void takes_any_response_delay(void **state)
{
	for (uint32_t delay = 0; delay <= 8; delay++) {
		insert_card(state);
		card.response_delay = delay;
		card.data_delay = delay * 30;
		card.busy_bytes = delay * 100;
		if (delay == 8)
			card.busy_bytes = 0;
		open_card();
		assert_reads(100 + delay, 3);
	}
	insert_card(state);
	card.response_delay = 9;
	assert_int_equal(sd_spi_open(&sd, &bus, 20000000), ERR_SD_NO_CARD);
}

static void says_what_is_in_the_slot(void **state)
{
	card.absent = true;
	assert_int_equal(sd_spi_open(&sd, &bus, 20000000), ERR_SD_NO_CARD);
	insert_card(state);
	card.stuck_low = true;
	assert_int_equal(sd_spi_open(&sd, &bus, 20000000), ERR_SD_NO_CARD);
	insert_card(state);
	card.mmc = true;
	assert_int_equal(sd_spi_open(&sd, &bus, 20000000), ERR_SD_NOT_SD);
	insert_card(state);
	card.low_voltage = true;
	assert_int_equal(sd_spi_open(&sd, &bus, 20000000), ERR_SD_VOLTAGE);
	insert_card(state);
	card.no_if_cond_echo = true;
	assert_int_equal(sd_spi_open(&sd, &bus, 20000000), ERR_SD_VOLTAGE);
	insert_card(state);
	card.crc_on_refused = true;
	assert_int_equal(sd_spi_open(&sd, &bus, 20000000), ERR_SD_COMMAND);
	assert_false(card.selected);
}

static void gives_up_on_a_card_that_is_never_ready(void **state)
{
	uint64_t start = now_ns;

	(void)state;
	card.ready_after = FOREVER;
	assert_int_equal(sd_spi_open(&sd, &bus, 20000000), ERR_SD_NOT_READY);
	assert_in_range(now_ns - start, 1000000000ull, 1500000000ull);
}

static void wakes_a_card_left_in_a_transfer(void **state)
{
	(void)state;
	open_card();
	/* Reset while the card streams: nobody sent CMD12, and it misses the first commands. */
	card.streaming = true;
	card.idle = false;
	card.commands = 0;
	card.fault = DEAF;
	card.fault_count = 2;
	card.hz = 400000;
	open_card();
	card.fault = NO_FAULT;
	assert_reads(3, 2);
}

static void retries_damaged_data(void **state)
{
	open_card();
	card.fault = DATA_CRC;
	card.fault_at = 5;
	assert_reads(10, 20);
	assert_int_equal(card.slowest_hz, 10000000);
	assert_int_equal(card.reads, 2);

	insert_card(state);
	open_card();
	card.fault = DATA_CRC;
	card.fault_count = FOREVER;
	assert_int_equal(block_read(&sd.block, 1, 4, buffer), ERR_SD_DATA_CRC);
	assert_int_equal(card.reads, 8);
	assert_true(card.slowest_hz >= 400000);
	assert_false(card.selected);
}

static void retries_other_faults(void **state)
{
	static const struct {
		enum fault fault;
		enum err err;
	} faults[] = {
		{ BAD_TOKEN, ERR_SD_DATA_TOKEN },
		{ ECC_TOKEN, ERR_SD_READ },
		{ LATE_DATA, ERR_SD_DATA_TIMEOUT },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		for (uint32_t count = 1; count <= 9; count += 8) {
			insert_card(state);
			open_card();
			card.fault = faults[i].fault;
			card.fault_at = count / 2;
			assert_reads(10, count);
			assert_int_equal(card.hz, 20000000);

			insert_card(state);
			open_card();
			card.fault = faults[i].fault;
			card.fault_count = FOREVER;
			assert_int_equal(block_read(&sd.block, 1, count, buffer), faults[i].err);
			assert_false(card.selected);
		}
	}
}

static void late_data_is_bounded(void **state)
{
	uint64_t start;

	(void)state;
	open_card();
	card.fault = LATE_DATA;
	card.fault_count = FOREVER;
	start = now_ns;
	assert_int_equal(block_read(&sd.block, 1, 40, buffer), ERR_SD_DATA_TIMEOUT);
	assert_in_range(now_ns - start, 0, 2000000000ull);
}

static void reports_the_end_of_the_card(void **state)
{
	(void)state;
	open_card();
	assert_int_equal(block_read(&sd.block, card.blocks, 1, buffer), ERR_SD_ADDRESS);
	assert_int_equal(block_read(&sd.block, card.blocks - 1, 2, buffer), ERR_SD_ADDRESS);
	assert_int_equal(block_read(&sd.block, 1ull << 32, 1, buffer), ERR_SD_ADDRESS);
	assert_int_equal(block_read(&sd.block, UINT32_MAX, 2, buffer), ERR_SD_ADDRESS);
	assert_int_equal(block_read(&sd.block, UINT64_MAX, 2, buffer), ERR_BLOCK_RANGE);
	assert_reads(0, 2);
}

static void repeats_damaged_commands(void **state)
{
	uint32_t commands;

	open_card();
	commands = card.commands;
	for (uint32_t i = 1; i < commands; i++) {
		insert_card(state);
		card.fault = COMMAND_CRC;
		card.fault_at = i;
		open_card();
		insert_card(state);
		card.fault = DEAF;
		card.fault_at = i;
		open_card();
	}
	for (enum fault fault = COMMAND_CRC; fault <= DEAF; fault++) {
		for (uint32_t i = 0; i < 2; i++) {
			insert_card(state);
			open_card();
			card.fault = fault;
			card.fault_at = card.commands + i;
			assert_reads(20, 5);
		}
		insert_card(state);
		open_card();
		card.fault = fault;
		card.fault_at = card.commands;
		card.fault_count = FOREVER;
		assert_int_equal(block_read(&sd.block, 20, 5, buffer),
				 fault == DEAF ? ERR_SD_NO_RESPONSE : ERR_SD_COMMAND_CRC);
	}
}

static void recovers_from_a_stop_that_was_not_heard(void **state)
{
	open_card();
	card.fault = COMMAND_CRC;
	card.fault_at = card.commands + 1;
	card.fault_count = FOREVER;
	assert_int_equal(block_read(&sd.block, 20, 5, buffer), ERR_SD_COMMAND_CRC);

	/* Data passes for a response: only the next command shows that the card still sends. */
	insert_card(state);
	open_card();
	card.fault = DEAF;
	card.fault_at = card.commands + 1;
	card.fault_count = 1;
	assert_reads(11, 5);
	assert_true(card.streaming);
	assert_reads(3, 7);
}

static void notices_a_busy_or_vanished_card(void **state)
{
	open_card();
	card.stuck_low = true;
	assert_int_equal(block_read(&sd.block, 20, 5, buffer), ERR_SD_BUSY);
	insert_card(state);
	open_card();
	card.absent = true;
	assert_int_equal(block_read(&sd.block, 20, 5, buffer), ERR_SD_NO_RESPONSE);
	card.absent = false;
	assert_reads(20, 5);
	card.reset_at = card.commands;
	card.hz = 400000;
	assert_int_not_equal(block_read(&sd.block, 20, 5, buffer), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_blocks, insert_card),
		cmocka_unit_test_setup(identifies_cards_that_insist, insert_card),
		cmocka_unit_test_setup(writes_blocks, insert_card),
		cmocka_unit_test_setup(waits_for_a_slow_writer, insert_card),
		cmocka_unit_test_setup(retries_writes, insert_card),
		cmocka_unit_test_setup(addresses_standard_capacity_by_byte, insert_card),
		cmocka_unit_test_setup(knows_version_1_cards, insert_card),
		cmocka_unit_test_setup(takes_any_response_delay, insert_card),
		cmocka_unit_test_setup(says_what_is_in_the_slot, insert_card),
		cmocka_unit_test_setup(gives_up_on_a_card_that_is_never_ready, insert_card),
		cmocka_unit_test_setup(wakes_a_card_left_in_a_transfer, insert_card),
		cmocka_unit_test_setup(retries_damaged_data, insert_card),
		cmocka_unit_test_setup(retries_other_faults, insert_card),
		cmocka_unit_test_setup(late_data_is_bounded, insert_card),
		cmocka_unit_test_setup(reports_the_end_of_the_card, insert_card),
		cmocka_unit_test_setup(repeats_damaged_commands, insert_card),
		cmocka_unit_test_setup(recovers_from_a_stop_that_was_not_heard, insert_card),
		cmocka_unit_test_setup(notices_a_busy_or_vanished_card, insert_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
