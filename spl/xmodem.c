/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiver's side of XMODEM and YMODEM. */
#include "spl/xmodem.h"

#include <stdbool.h>

#include "lib/bits.h"
#include "lib/string.h"

#define SOH 0x01 /* a block of 128 bytes */
#define STX 0x02 /* a block of 1024 bytes */
#define EOT 0x04
#define ACK 0x06
#define NAK 0x15
#define CAN 0x18
#define WANT_CRC 'C'

#define BLOCK_MAX 1024
#define SECOND_US 1000000
#define BYTE_US SECOND_US
#define BLOCK_US (10 * SECOND_US) /* for the sender to begin the next one */
#define QUIET_US 200000		  /* a line on which nothing comes any more */
#define NOISE_MAX 4096		  /* bytes that may come before it is quiet */
#define MAX_FAILURES 10		  /* in a row */

enum event { BLOCK, END, CANCELLED, SILENCE, DAMAGED };

struct receiver {
	const struct xmodem_port *port;
	uint8_t block[BLOCK_MAX];
	uint32_t length; /* of the block */
	uint8_t number;
};

static uint16_t crc16(uint16_t crc, uint8_t byte)
{
	crc = (uint16_t)(crc ^ byte << 8);
	for (unsigned int i = 0; i < 8; i++)
		crc = (uint16_t)(crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0));
	return crc;
}

/* Number, its complement, data and CRC, after the byte that says how long it is. */
static enum event receive_block(struct receiver *receiver, uint32_t length)
{
	uint16_t crc = 0;
	int number = receiver->port->get(BYTE_US), complement = receiver->port->get(BYTE_US);

	receiver->length = length;
	receiver->number = (uint8_t)number;
	for (uint32_t i = 0; i < length + 2; i++) {
		int byte = receiver->port->get(BYTE_US);

		if (byte < 0)
			return DAMAGED;
		crc = crc16(crc, (uint8_t)byte);
		if (i < length)
			receiver->block[i] = (uint8_t)byte;
	}
	return crc || number < 0 || number + complement != 0xff ? DAMAGED : BLOCK;
}

static enum event next_event(struct receiver *receiver, uint32_t timeout_us)
{
	switch (receiver->port->get(timeout_us)) {
	case SOH:
		return receive_block(receiver, 128);
	case STX:
		return receive_block(receiver, BLOCK_MAX);
	case EOT:
		return END;
	case CAN:
		return receiver->port->get(BYTE_US) == CAN ? CANCELLED : DAMAGED;
	case -1:
		return SILENCE;
	default:
		return DAMAGED;
	}
}

static void wait_for_quiet(const struct xmodem_port *port)
{
	for (unsigned int i = 0; i < NOISE_MAX && port->get(QUIET_US) >= 0; i++)
		;
}

static enum err give_up(const struct xmodem_port *port, enum err err)
{
	for (unsigned int i = 0; i < 3; i++)
		port->put(CAN);
	wait_for_quiet(port);
	return err;
}

/* Asks for the first block until it comes. */
static enum err begin(struct receiver *receiver, uint32_t seconds)
{
	for (uint32_t i = 0; i < seconds; i++) {
		receiver->port->put(WANT_CRC);
		switch (next_event(receiver, SECOND_US)) {
		case BLOCK:
			return ERR_OK;
		case CANCELLED:
			return ERR_XMODEM_CANCELLED;
		case SILENCE:
			break;
		default:
			wait_for_quiet(receiver->port);
		}
	}
	return ERR_XMODEM_NOBODY;
}

/* YMODEM's block 0: a name, and perhaps a size after it; UINT64_MAX: not said. */
static uint64_t announced_size(const struct receiver *receiver)
{
	uint32_t at = 0;
	uint64_t size = 0;

	while (at < receiver->length && receiver->block[at])
		at++;
	for (at++; at < receiver->length; at++) {
		uint8_t digit = (uint8_t)(receiver->block[at] - '0');

		if (digit > 9 || size > UINT32_MAX)
			break;
		size = size * 10 + digit;
	}
	return size ? size : UINT64_MAX;
}

/* The block in hand, and all others up to the end of the file. */
static enum err receive_data(struct receiver *receiver, uint8_t *buffer, uint64_t capacity,
			     uint64_t *received)
{
	const struct xmodem_port *port = receiver->port;
	unsigned int failures = 0;
	enum event event = BLOCK;
	uint8_t expected = 1;

	for (; failures < MAX_FAILURES; event = next_event(receiver, BLOCK_US)) {
		switch (event) {
		case END:
			port->put(ACK);
			return ERR_OK;
		case CANCELLED:
			return ERR_XMODEM_CANCELLED;
		case BLOCK:
			break;
		default:
			wait_for_quiet(port);
			failures++;
			port->put(NAK);
			continue;
		}
		if (receiver->number == (uint8_t)(expected - 1)) {
			failures++; /* our ACK was lost */
		} else if (receiver->number != expected) {
			return give_up(port, ERR_XMODEM_ORDER);
		} else {
			if (receiver->length > capacity - *received)
				return give_up(port, ERR_XMODEM_SIZE);
			memcpy(buffer + *received, receiver->block, receiver->length);
			*received += receiver->length;
			expected++;
			failures = 0;
		}
		port->put(ACK);
	}
	return give_up(port, ERR_XMODEM_LINE);
}

/* YMODEM could send another file: an empty block 0 says that there is none. */
static void end_batch(struct receiver *receiver)
{
	receiver->port->put(WANT_CRC);
	if (next_event(receiver, SECOND_US) == BLOCK && !receiver->number && !receiver->block[0])
		receiver->port->put(ACK);
	else
		give_up(receiver->port, ERR_OK);
}

enum err xmodem_receive(const struct xmodem_port *port, uint32_t seconds, uint8_t *buffer,
			uint64_t capacity, uint64_t *size)
{
	static struct receiver receiver;
	uint64_t announced = UINT64_MAX;
	bool is_ymodem;
	enum err err;

	receiver = (struct receiver){ .port = port };
	*size = 0;
	err = begin(&receiver, seconds);
	if (err)
		return err;
	is_ymodem = receiver.number == 0;
	if (is_ymodem) {
		announced = announced_size(&receiver);
		port->put(ACK);
		err = begin(&receiver, MAX_FAILURES);
	}
	if (!err)
		err = receive_data(&receiver, buffer, capacity, size);
	if (!err && is_ymodem)
		end_batch(&receiver);
	*size = MIN(*size, announced);
	return err;
}
