/* SPDX-License-Identifier: BSD-2-Clause */
/* The TFTP client's state machine. */
#include "net/tftp.h"

#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/string.h"

#define OP_RRQ 1
#define OP_DATA 3
#define OP_ACK 4
#define OP_ERROR 5
#define OP_OACK 6
#define HEADER_SIZE 4

#define ERROR_UNDEFINED 0
#define ERROR_NOT_FOUND 1
#define ERROR_UNKNOWN_TID 5
#define ERROR_OPTION 8

#define REQUEST_ROOM (TFTP_NAME_MAX + 96)
#define MAX_STRANGERS 8

/* The first wait, and how it grows from there. */
#define TIMEOUT_FIRST_US 500000U
#define TIMEOUT_MIN_US 100000U
#define TIMEOUT_MAX_US 4000000U
#define MAX_TRIES 7
#define ROUND_TRIPS 4 /* to wait for an answer */
/* A block that comes again so late was sent again. */
#define REPEAT_US 50000
#define SERVER_TIMEOUT "1"

/* A packet under construction. */
struct packet {
	size_t length;
	uint8_t bytes[REQUEST_ROOM];
};

static void put_be16(struct packet *packet, unsigned int value)
{
	packet->bytes[packet->length++] = (uint8_t)(value >> 8);
	packet->bytes[packet->length++] = (uint8_t)value;
}

static void put_string(struct packet *packet, const char *text)
{
	size_t size = strlen(text) + 1;

	memcpy(packet->bytes + packet->length, text, size);
	packet->length += size;
}

static void put_option(struct packet *packet, const char *name, unsigned int value)
{
	char digits[12];

	snprintf(digits, sizeof(digits), "%u", value);
	put_string(packet, name);
	put_string(packet, digits);
}

static void send(struct tftp *tftp, uint16_t port, const struct packet *packet)
{
	tftp->ops->send(tftp, port, packet->bytes, packet->length);
}

static void send_request(struct tftp *tftp)
{
	struct packet packet = { 0 };

	put_be16(&packet, OP_RRQ);
	put_string(&packet, tftp->file);
	put_string(&packet, "octet");
	if (!tftp->plain) {
		put_option(&packet, "tsize", 0);
		put_option(&packet, "blksize", tftp->blksize);
		put_option(&packet, "timeout", 1);
		if (tftp->windowsize > 1)
			put_option(&packet, "windowsize", tftp->windowsize);
	}
	send(tftp, TFTP_SERVER_PORT, &packet);
}

static void send_error(struct tftp *tftp, uint16_t port, unsigned int code, const char *text)
{
	struct packet packet = { 0 };

	put_be16(&packet, OP_ERROR);
	put_be16(&packet, code);
	put_string(&packet, text);
	send(tftp, port, &packet);
}

/* Acknowledges all that came in order; the server goes on behind it with a new window. */
static void send_ack(struct tftp *tftp)
{
	struct packet packet;

	packet.length = 0;
	put_be16(&packet, OP_ACK);
	put_be16(&packet, (uint16_t)tftp->block);
	send(tftp, tftp->port, &packet);
	tftp->unacknowledged = 0;
}

static void fail(struct tftp *tftp, enum err err)
{
	tftp->state = TFTP_FAILED;
	tftp->err = err;
}

/* The server broke the rules: it is told, and the transfer is over. */
static void refuse(struct tftp *tftp, enum err err, unsigned int code, const char *text)
{
	send_error(tftp, tftp->port, code, text);
	fail(tftp, err);
}

static void arm(struct tftp *tftp, uint64_t now)
{
	tftp->sent_at = now;
	tftp->deadline = now + tftp->timeout_us;
}

/* Something new came: patience starts anew, as long as the way has shown to be. */
static void note_progress(struct tftp *tftp)
{
	tftp->tries = 0;
	tftp->gap_told = false;
	tftp->timeout_us = tftp->round_trip_us
				 ? MIN(MAX(tftp->round_trip_us * ROUND_TRIPS, TIMEOUT_MIN_US),
				       TIMEOUT_MAX_US)
				 : TIMEOUT_FIRST_US;
}

/* Only where one packet was sent and answered is it known which one the answer is to. */
static void measure(struct tftp *tftp, uint64_t now)
{
	uint32_t sample = (uint32_t)MIN(now - tftp->sent_at, (uint64_t)TIMEOUT_MAX_US);

	if (tftp->tries || tftp->gap_told || tftp->unacknowledged)
		return;
	tftp->round_trip_us = tftp->round_trip_us ? (tftp->round_trip_us * 7 + sample) / 8
						  : MAX(sample, 1u);
}

void tftp_start(struct tftp *tftp, uint64_t now)
{
	tftp->state = TFTP_REQUESTING;
	tftp->err = ERR_OK;
	tftp->size = 0;
	tftp->received = 0;
	tftp->block = 0;
	tftp->port = 0;
	tftp->words[0] = '\0';
	tftp->plain = false;
	tftp->gap_told = false;
	tftp->strangers = 0;
	tftp->tries = 0;
	tftp->unacknowledged = 0;
	tftp->started = now;
	tftp->timeout_us = TIMEOUT_FIRST_US;
	tftp->round_trip_us = 0;
	if (!tftp->file[0] || strnlen(tftp->file, TFTP_NAME_MAX + 1) > TFTP_NAME_MAX) {
		fail(tftp, ERR_TFTP_NAME);
		return;
	}
	send_request(tftp);
	arm(tftp, now);
}

/* Keeps the server's words, without what would steer a terminal. */
static void keep_words(struct tftp *tftp, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < MIN(length, sizeof(tftp->words) - 1) && text[i]; i++)
		tftp->words[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	tftp->words[i] = '\0';
}

static void receive_error(struct tftp *tftp, unsigned int code, const char *text, size_t length,
			  uint64_t now)
{
	/* An old server that knows no options may still have the file. */
	if (code == ERROR_OPTION && tftp->state == TFTP_REQUESTING && !tftp->plain) {
		tftp->plain = true;
		tftp->port = 0;
		send_request(tftp);
		arm(tftp, now);
		return;
	}
	keep_words(tftp, text, length);
	fail(tftp, code == ERROR_NOT_FOUND ? ERR_TFTP_NOT_FOUND : ERR_TFTP_REFUSED);
}

/* A decimal number that is all of @text, which ends in @size bytes. */
static bool parse_number(const char *text, size_t size, uint64_t *value)
{
	*value = 0;
	if (size < 2)
		return false;
	for (; size > 1; text++, size--) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (digit > 9 || *value > (UINT64_MAX - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	return true;
}

/* What an OACK agrees on; what it does not mention keeps the default. */
struct agreement {
	uint64_t size;
	uint16_t blksize;
	uint16_t windowsize;
};

/* One option of an OACK; false when it was not asked for, or has a value that cannot be. */
static bool take_option(const struct tftp *tftp, struct agreement *agreed, const char *name,
			const char *text, size_t size)
{
	uint64_t value;

	if (!strcasecmp(name, "timeout"))
		return !strcmp(text, SERVER_TIMEOUT);
	if (!parse_number(text, size, &value))
		return false;
	if (!strcasecmp(name, "tsize")) {
		agreed->size = value;
		return true;
	}
	if (!strcasecmp(name, "blksize") && value >= TFTP_BLKSIZE_MIN && value <= tftp->blksize) {
		agreed->blksize = (uint16_t)value;
		return true;
	}
	if (!strcasecmp(name, "windowsize") && value && value <= tftp->windowsize) {
		agreed->windowsize = (uint16_t)value;
		return true;
	}
	return false;
}

static void agree(struct tftp *tftp, const struct agreement *agreed)
{
	tftp->size = agreed->size;
	tftp->blksize = agreed->blksize;
	tftp->windowsize = agreed->windowsize;
	tftp->state = TFTP_RECEIVING;
}

static const struct agreement no_options = { 0, TFTP_BLKSIZE_DEFAULT, 1 };

/* RFC 2347: pairs of strings. */
static void receive_oack(struct tftp *tftp, const char *text, size_t left, uint64_t now)
{
	struct agreement agreed = no_options;

	while (left) {
		size_t name = strnlen(text, left) + 1;
		size_t value = name < left ? strnlen(text + name, left - name) + 1 : 0;

		if (!value || name + value > left ||
		    !take_option(tftp, &agreed, text, text + name, value)) {
			refuse(tftp, ERR_TFTP_OPTION, ERROR_OPTION, "malformed OACK");
			return;
		}
		text += name + value;
		left -= name + value;
	}
	measure(tftp, now);
	agree(tftp, &agreed);
	note_progress(tftp);
	send_ack(tftp);
	arm(tftp, now);
}

/* The next block in order. It is acknowledged first, so that the server works while we do. */
static void take_block(struct tftp *tftp, const uint8_t *data, size_t length, uint64_t now)
{
	bool is_last = length < tftp->blksize;

	if (tftp->size && length >= tftp->size - tftp->received) {
		/* What goes beyond the size that was announced is not wanted. */
		is_last = is_last || length > tftp->size - tftp->received;
		length = tftp->size - tftp->received;
	}
	measure(tftp, now);
	note_progress(tftp);
	tftp->block++;
	tftp->received += length;
	tftp->deadline = now + tftp->timeout_us;
	if (++tftp->unacknowledged == tftp->windowsize || is_last) {
		send_ack(tftp);
		arm(tftp, now);
	}
	if (is_last)
		tftp->state = TFTP_COMPLETE;
	if (length)
		tftp->ops->deliver(tftp, data, length);
}

static void receive_data(struct tftp *tftp, uint16_t number, const uint8_t *data, size_t length,
			 uint64_t now)
{
	int16_t ahead = (int16_t)(number - (uint16_t)(tftp->block + 1));

	if (length > tftp->blksize) {
		refuse(tftp, ERR_TFTP_PROTOCOL, ERROR_UNDEFINED, "the block is too long");
	} else if (!ahead) {
		take_block(tftp, data, length, now);
	} else if (ahead > 0 && ahead < tftp->windowsize) {
		/* One before it got lost (RFC 7440, section 4): said once, the rest of the window is let pass. */
		if (!tftp->gap_told) {
			send_ack(tftp);
			arm(tftp, now);
		}
		tftp->gap_told = true;
	} else if (ahead == -1 && now - tftp->sent_at >= REPEAT_US) {
		/* Not a copy that the network made: the server has not heard of our acknowledgement. */
		send_ack(tftp);
		arm(tftp, now);
	}
}

/* Another server, or an answer to a request that was sent twice (RFC 1350, section 4). */
static void turn_away(struct tftp *tftp, uint16_t port)
{
	if (tftp->strangers == MAX_STRANGERS)
		return;
	tftp->strangers++;
	send_error(tftp, port, ERROR_UNKNOWN_TID, "unknown transfer ID");
}

static void receive_first(struct tftp *tftp, uint16_t port, const uint8_t *packet, size_t length,
			  uint64_t now)
{
	unsigned int op = load_be16(packet), number = load_be16(packet + 2);

	tftp->port = port;
	if (op == OP_ERROR) {
		receive_error(tftp, number, (const char *)packet + HEADER_SIZE,
			      length - HEADER_SIZE, now);
	} else if (op == OP_OACK && !tftp->plain) {
		receive_oack(tftp, (const char *)packet + 2, length - 2, now);
	} else if (op == OP_DATA && number == 1) {
		agree(tftp, &no_options);
		receive_data(tftp, 1, packet + HEADER_SIZE, length - HEADER_SIZE, now);
	} else {
		tftp->port = 0;
	}
}

void tftp_input(struct tftp *tftp, uint16_t port, const void *packet, size_t length, uint64_t now)
{
	const uint8_t *bytes = packet;
	unsigned int op;

	if (length < HEADER_SIZE || !port)
		return;
	if (tftp->state == TFTP_REQUESTING) {
		receive_first(tftp, port, bytes, length, now);
		return;
	}
	op = load_be16(bytes);
	if (port != tftp->port) {
		if (op != OP_ERROR)
			turn_away(tftp, port);
		return;
	}
	if (tftp->state != TFTP_RECEIVING)
		return;
	if (op == OP_DATA) {
		receive_data(tftp, load_be16(bytes + 2), bytes + HEADER_SIZE, length - HEADER_SIZE,
			     now);
	} else if (op == OP_ERROR) {
		receive_error(tftp, load_be16(bytes + 2), (const char *)bytes + HEADER_SIZE,
			      length - HEADER_SIZE, now);
	} else if (op == OP_OACK && !tftp->block && now - tftp->sent_at >= REPEAT_US) {
		send_ack(tftp);
		arm(tftp, now);
	}
}

static bool is_too_slow(const struct tftp *tftp, uint64_t now)
{
	uint64_t elapsed = now - tftp->started;

	return elapsed > TFTP_TIME_MAX_US ||
	       elapsed > TFTP_GRACE_US + tftp->received / TFTP_RATE_MIN * 1000000;
}

void tftp_tick(struct tftp *tftp, uint64_t now)
{
	if (tftp->state > TFTP_RECEIVING)
		return;
	if (is_too_slow(tftp, now)) {
		if (tftp->state == TFTP_RECEIVING)
			send_error(tftp, tftp->port, ERROR_UNDEFINED, "too slow");
		fail(tftp, tftp->state == TFTP_RECEIVING ? ERR_TFTP_SLOW : ERR_TFTP_NO_ANSWER);
		return;
	}
	if (now < tftp->deadline)
		return;
	if (++tftp->tries == MAX_TRIES) {
		fail(tftp, tftp->state == TFTP_RECEIVING ? ERR_TFTP_TIMEOUT : ERR_TFTP_NO_ANSWER);
		return;
	}
	tftp->timeout_us = MIN(tftp->timeout_us * 2, TIMEOUT_MAX_US);
	if (tftp->state == TFTP_REQUESTING)
		send_request(tftp);
	else
		send_ack(tftp);
	arm(tftp, now);
}

void tftp_stop(struct tftp *tftp)
{
	if (tftp->state == TFTP_RECEIVING)
		send_error(tftp, tftp->port, ERROR_UNDEFINED, "enough, thank you");
}
