/* SPDX-License-Identifier: BSD-2-Clause */
/* XMODEM and YMODEM against a sender that follows the protocol, on a line that does not. */
/* sources: spl/xmodem.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "spl/xmodem.h"

#define FILE_SIZE 300000u
#define CAPACITY (FILE_SIZE + 2048)

enum phase { WAIT, HEADER, WAIT_DATA, DATA, EOT_SENT, WAIT_LAST, LAST, DONE };

static struct {
	bool ymodem, no_size;
	uint32_t block;	       /* 128 or 1024 */
	uint32_t starts_after; /* so many 'C' */
	/* What the line does to the n-th block, or all from there on */
	unsigned int damage_at, lose_at, lose_ack_at, skip_at, damage_count;
	unsigned int cancel_at;

	enum phase phase;
	uint8_t line[4096]; /* on its way to the receiver */
	uint32_t at, end;
	uint32_t number, sent, asked, cancelled;
	uint64_t now_us;
} m;

static uint8_t buffer[CAPACITY];
static uint64_t size;

static uint8_t content(uint32_t i)
{
	return (uint8_t)(i * 13 + (i >> 8));
}

/* Bit by bit: a division. */
static uint16_t crc(const uint8_t *data, uint32_t length)
{
	uint32_t rest = 0;

	for (uint32_t i = 0; i < (length + 2) * 8; i++) {
		uint32_t bit = i / 8 < length ? data[i / 8] >> (7 - i % 8) & 1 : 0;

		rest = rest << 1 | bit;
		if (rest & 0x10000)
			rest ^= 0x11021;
	}
	return (uint16_t)rest;
}

static void send(uint8_t byte)
{
	m.line[m.end++ % sizeof(m.line)] = byte;
}

static void send_block(uint8_t number, const uint8_t *data, uint32_t length)
{
	uint16_t sum = crc(data, length);

	send(length == 128 ? 1 : 2);
	send(number);
	send((uint8_t)~number);
	for (uint32_t i = 0; i < length; i++)
		send(data[i]);
	send((uint8_t)(sum >> 8));
	send((uint8_t)sum);
}

static void send_header(void)
{
	uint8_t block[128] = "hartline.itb";

	if (!m.no_size)
		sprintf((char *)block + 13, "%u 0 0 0", FILE_SIZE);
	send_block(0, block, sizeof(block));
	m.phase = HEADER;
}

static bool hits(unsigned int at)
{
	return at && m.number + 1 >= at && m.damage_count && m.damage_count--;
}

static void send_data(void)
{
	uint8_t data[1024];
	uint32_t offset = m.number * m.block;

	m.phase = DATA;
	if (m.cancel_at && m.number + 1 == m.cancel_at) {
		send(0x18);
		send(0x18);
		return;
	}
	if (offset >= FILE_SIZE) {
		send(4);
		m.phase = EOT_SENT;
		return;
	}
	for (uint32_t i = 0; i < m.block; i++)
		data[i] = offset + i < FILE_SIZE ? content(offset + i) : 0x1a;
	m.sent++;
	send_block((uint8_t)(m.number + 1 + (m.skip_at && m.number + 1 >= m.skip_at)), data,
		   m.block);
	if (hits(m.damage_at))
		m.line[(m.end - 20) % sizeof(m.line)] ^= 4;
	if (hits(m.lose_at))
		m.at = m.end;
}

/* What the receiver says. */
static void put(char c)
{
	if (c == 0x18) {
		m.cancelled++;
		return;
	}
	switch (m.phase) {
	case WAIT:
		assert_int_equal(c, 'C');
		if (m.asked++ >= m.starts_after)
			m.ymodem ? send_header() : send_data();
		break;
	case HEADER:
		if (c == 6)
			m.phase = WAIT_DATA;
		break;
	case WAIT_DATA:
		assert_int_equal(c, 'C');
		send_data();
		break;
	case DATA:
		if (c == 6 && !hits(m.lose_ack_at))
			m.number++;
		send_data();
		break;
	case EOT_SENT:
		assert_int_equal(c, 6);
		m.phase = m.ymodem ? WAIT_LAST : DONE;
		break;
	case WAIT_LAST:
		assert_int_equal(c, 'C');
		send_block(0, (uint8_t[128]){ 0 }, 128);
		m.phase = LAST;
		break;
	case LAST:
		assert_int_equal(c, 6);
		m.phase = DONE;
		break;
	default:
		fail();
	}
}

static int get(uint32_t timeout_us)
{
	if (m.at == m.end) {
		m.now_us += timeout_us;
		return -1;
	}
	return m.line[m.at++ % sizeof(m.line)];
}

static enum err receive(void)
{
	static const struct xmodem_port port = { get, put };

	memset(buffer, 0, sizeof(buffer));
	return xmodem_receive(&port, 30, buffer, CAPACITY, &size);
}

static void assert_received(uint64_t expected_size)
{
	assert_int_equal(receive(), ERR_OK);
	assert_int_equal(size, expected_size);
	for (uint32_t i = 0; i < FILE_SIZE; i++) {
		if (buffer[i] != content(i))
			fail_msg("byte %u", i);
	}
	assert_int_equal(m.phase, DONE);
	assert_int_equal(m.cancelled, 0);
}

static int sender(void **state)
{
	(void)state;
	memset(&m, 0, sizeof(m));
	m.block = 1024;
	m.damage_count = 3;
	return 0;
}

static void receives_by_all_three(void **state)
{
	(void)state;
	assert_received(align_up(FILE_SIZE, 1024));
	sender(NULL);
	m.block = 128;
	assert_received(align_up(FILE_SIZE, 128));
	sender(NULL);
	m.ymodem = true;
	m.starts_after = 25;
	assert_received(FILE_SIZE);
	sender(NULL);
	m.ymodem = m.no_size = true;
	assert_received(align_up(FILE_SIZE, 1024));
}

static void repeats_what_the_line_damages(void **state)
{
	(void)state;
	m.damage_at = 7;
	assert_received(align_up(FILE_SIZE, 1024));
	assert_int_equal(m.sent, 293 + 3);
	sender(NULL);
	m.lose_at = 1;
	assert_received(align_up(FILE_SIZE, 1024));
	sender(NULL);
	m.ymodem = true;
	m.lose_ack_at = 20;
	assert_received(FILE_SIZE);
	assert_int_equal(m.sent, 293 + 3);
}

static void gives_a_bad_line_up(void **state)
{
	(void)state;
	m.damage_count = UINT32_MAX;
	m.damage_at = 5;
	assert_int_equal(receive(), ERR_XMODEM_LINE);
	assert_true(m.cancelled >= 2);
	sender(NULL);
	m.damage_count = UINT32_MAX;
	m.lose_ack_at = 5;
	assert_int_equal(receive(), ERR_XMODEM_LINE);
	sender(NULL);
	m.damage_count = UINT32_MAX;
	m.lose_at = 5;
	assert_int_equal(receive(), ERR_XMODEM_LINE);
	assert_true(m.now_us < 200000000);
}

static void ends_what_makes_no_sense(void **state)
{
	(void)state;
	m.skip_at = 9;
	assert_int_equal(receive(), ERR_XMODEM_ORDER);
	assert_true(m.cancelled >= 2);
	sender(NULL);
	m.cancel_at = 4;
	assert_int_equal(receive(), ERR_XMODEM_CANCELLED);
	sender(NULL);
	m.starts_after = 31;
	assert_int_equal(receive(), ERR_XMODEM_NOBODY);
	assert_int_equal(m.now_us, 30000000);
}

static void what_does_not_fit_is_refused(void **state)
{
	static const struct xmodem_port port = { get, put };

	(void)state;
	memset(buffer, 0xee, sizeof(buffer));
	assert_int_equal(xmodem_receive(&port, 30, buffer, 5000, &size), ERR_XMODEM_SIZE);
	assert_true(m.cancelled >= 2);
	assert_int_equal(buffer[5000], 0xee);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(receives_by_all_three, sender),
		cmocka_unit_test_setup(repeats_what_the_line_damages, sender),
		cmocka_unit_test_setup(gives_a_bad_line_up, sender),
		cmocka_unit_test_setup(ends_what_makes_no_sense, sender),
		cmocka_unit_test_setup(what_does_not_fit_is_refused, sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
