/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TFTP client against a model of a server and of the network between them, which loses, doubles,
 * delays and reorders; and against servers that break the rules. Time is simulated.
 */
/* sources: net/tftp.c lib/err.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "net/tftp.h"

#define TID 40000
#define QUEUE 512
#define FILE_MAX (40u << 20)
#define TICK_US 1000
#define SERVER_TIMEOUT_US 1000000
#define LINK_US 500 /* one way */

struct packet {
	uint64_t at;
	bool to_server;
	uint16_t port; /* of the server's side */
	size_t length;
	uint8_t bytes[1600];
};

/* What the server is like. */
struct habits {
	bool plain;			 /* knows no options */
	bool refuses;			 /* answers a request with options by ERROR 8 */
	bool no_window;			 /* knows blksize and tsize only */
	uint16_t blksize;		 /* at most */
	uint64_t lies_of;		 /* tells this tsize */
	const char *error;		 /* answers by ERROR 1 */
	unsigned int loss, dup, reorder; /* percent */
};

static struct {
	struct habits habits;
	struct packet queue[QUEUE];
	unsigned int queued;
	uint64_t now;
	unsigned int random;

	/* the server */
	bool serving, done;
	uint16_t blksize, windowsize;
	uint64_t file_size;
	uint64_t base; /* the last block that was acknowledged */
	uint64_t sent; /* the last one that was sent */
	uint64_t sent_at;
	unsigned int requests, data_packets, acks, errors;
	unsigned int error_code;
	uint16_t error_port;

	/* the client */
	uint64_t got;
	struct tftp tftp;
} m;

static uint8_t content(uint64_t at)
{
	return (uint8_t)(at * 7 + (at >> 9) + (at >> 17));
}

static unsigned int chance(unsigned int percent)
{
	m.random = m.random * 1103515245 + 12345;
	return (m.random >> 16) % 100 < percent;
}

static void carry(bool to_server, uint16_t port, const void *data, size_t length)
{
	unsigned int copies = chance(m.habits.dup) ? 2 : 1;
	uint64_t at = m.now + LINK_US + (chance(m.habits.reorder) ? 3000 : 0);

	if (chance(m.habits.loss))
		return;
	assert_true(length <= sizeof(m.queue[0].bytes));
	for (unsigned int i = 0; i < copies; i++) {
		struct packet *packet = &m.queue[m.queued++];

		assert_true(m.queued < QUEUE);
		packet->at = at;
		packet->to_server = to_server;
		packet->port = port;
		packet->length = length;
		memcpy(packet->bytes, data, length);
	}
}

static void client_sends(struct tftp *tftp, uint16_t port, const void *packet, size_t length)
{
	assert_ptr_equal(tftp, &m.tftp);
	carry(true, port, packet, length);
}

static void client_delivers(struct tftp *tftp, const void *data, size_t length)
{
	const uint8_t *bytes = data;

	assert_ptr_equal(tftp, &m.tftp);
	assert_true(length > 0 && length <= TFTP_BLKSIZE_MAX);
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != content(m.got + i))
			fail_msg("byte %llu is wrong", (unsigned long long)(m.got + i));
	}
	m.got += length;
}

static const struct tftp_ops ops = { .send = client_sends, .deliver = client_delivers };

static void server_sends_error(unsigned int code, const char *text)
{
	uint8_t packet[100] = { 0, 5, 0, (uint8_t)code };

	strcpy((char *)packet + 4, text);
	carry(false, TID, packet, 4 + strlen(text) + 1);
}

static void server_sends_block(uint64_t block)
{
	uint8_t packet[4 + TFTP_BLKSIZE_MAX] = { 0, 3, (uint8_t)(block >> 8), (uint8_t)block };
	uint64_t at = (block - 1) * m.blksize;
	size_t length = MIN(m.file_size - at, (uint64_t)m.blksize);

	for (size_t i = 0; i < length; i++)
		packet[4 + i] = content(at + i);
	carry(false, TID, packet, 4 + length);
	m.data_packets++;
	m.sent = block;
	m.sent_at = m.now;
}

static uint64_t last_block(void)
{
	return m.file_size / m.blksize + 1;
}

static void server_sends_window(void)
{
	uint64_t end = MIN(m.base + m.windowsize, last_block());

	for (uint64_t block = m.base + 1; block <= end; block++)
		server_sends_block(block);
}

static void server_answers(const struct packet *request)
{
	const char *text = (const char *)request->bytes + 2, *end = text + request->length - 2;
	char answer[200] = { 0, 6 };
	size_t length = 2;

	assert_string_equal(text, "file");
	text += strlen(text) + 1;
	assert_string_equal(text, "octet");
	text += strlen(text) + 1;
	m.blksize = 512;
	m.windowsize = 1;
	m.serving = true;
	m.base = 0;
	m.sent = 0;
	if (m.habits.error) {
		server_sends_error(1, m.habits.error);
		return;
	}
	if (m.habits.refuses && text < end) {
		server_sends_error(8, "no options here");
		return;
	}
	while (text < end && !m.habits.plain) {
		const char *name = text;
		unsigned long value = strtoul(text + strlen(text) + 1, NULL, 10);

		text += strlen(text) + 1;
		text += strlen(text) + 1;
		if (!strcmp(name, "tsize"))
			value = m.habits.lies_of ? m.habits.lies_of : m.file_size;
		else if (!strcmp(name, "blksize"))
			m.blksize = (uint16_t)(value = MIN(value, m.habits.blksize));
		else if (m.habits.no_window)
			continue;
		else if (!strcmp(name, "windowsize"))
			m.windowsize = (uint16_t)value;
		length += (size_t)sprintf(answer + length, "%s%c%lu", name, 0, value) + 1;
	}
	if (length > 2)
		carry(false, TID, answer, length);
	else
		server_sends_window();
	m.sent_at = m.now;
}

static void server_takes_ack(uint16_t number)
{
	/* The newest block with this number that was sent. */
	uint64_t block = m.sent - (uint16_t)((uint16_t)m.sent - number);

	m.acks++;
	if (number == 0 && !m.sent) {
		server_sends_window();
		return;
	}
	if (block < m.base || block > m.sent)
		return;
	/* RFC 7440: an acknowledgement starts a new window, one in lock-step must be new (RFC 1123). */
	if (block == m.base && m.windowsize == 1)
		return;
	m.base = block;
	if (m.base == last_block())
		m.done = true;
	else
		server_sends_window();
}

static void server_takes(const struct packet *packet)
{
	unsigned int op = load_be16(packet->bytes), number = load_be16(packet->bytes + 2);

	if (op == 1) {
		assert_int_equal(packet->port, 69);
		m.requests++;
		if (!m.sent)
			server_answers(packet);
	} else if (op == 5) {
		m.errors++;
		m.error_code = number;
		m.error_port = packet->port;
		m.done = packet->port == TID;
	} else {
		assert_int_equal(op, 4);
		assert_int_equal(packet->length, 4);
		assert_int_equal(packet->port, TID);
		if (m.serving && !m.done)
			server_takes_ack((uint16_t)number);
	}
}

static void step(void)
{
	m.now += 100;
	for (unsigned int i = 0; i < m.queued;) {
		struct packet packet = m.queue[i];

		if (packet.at > m.now) {
			i++;
			continue;
		}
		memmove(&m.queue[i], &m.queue[i + 1], (--m.queued - i) * sizeof(m.queue[0]));
		if (packet.to_server) {
			server_takes(&packet);
		} else {
			/* The client gets exactly the packet: what lies behind it is out of bounds. */
			uint8_t *bytes = malloc(packet.length);

			memcpy(bytes, packet.bytes, packet.length);
			tftp_input(&m.tftp, packet.port, bytes, packet.length, m.now);
			free(bytes);
		}
	}
	if (m.serving && !m.done && m.sent && m.now - m.sent_at > SERVER_TIMEOUT_US)
		server_sends_window();
	tftp_tick(&m.tftp, m.now);
}

static void begin(const struct habits *habits, uint64_t file_size)
{
	memset(&m, 0, sizeof(m));
	m.habits = *habits;
	if (!m.habits.blksize)
		m.habits.blksize = TFTP_BLKSIZE_MAX;
	m.file_size = file_size;
	m.now = 5000000;
	m.random = 1;
	m.tftp = (struct tftp){
		.ops = &ops,
		.file = "file",
		.blksize = TFTP_BLKSIZE_MAX,
		.windowsize = 16,
	};
	tftp_start(&m.tftp, m.now);
}

static void run(void)
{
	uint64_t end = m.now + TFTP_TIME_MAX_US + TFTP_GRACE_US;

	while (m.tftp.state < TFTP_COMPLETE && m.now < end)
		step();
	assert_true(m.now < end);
	/* What is still under way. */
	for (int i = 0; i < 40; i++)
		step();
}

static void transfer(const struct habits *habits, uint64_t size)
{
	begin(habits, size);
	run();
	if (m.tftp.state != TFTP_COMPLETE)
		fail_msg("E%d at block %llu", m.tftp.err, (unsigned long long)m.tftp.block);
	assert_int_equal(m.got, size);
	assert_int_equal(m.tftp.received, size);
}

static void reads_files_of_all_sizes(void **state)
{
	static const struct habits servers[] = {
		{ 0 },
		{ .plain = true },
		{ .refuses = true },
		{ .blksize = 512 },
		{ .no_window = true },
		{ .no_window = true, .blksize = 1428 },
		{ .blksize = 8 },
	};
	static const uint64_t sizes[] = { 1, 7, 8, 511, 512, 513, 1467, 1468, 1469, 100000 };

	(void)state;
	for (unsigned int s = 0; s < ARRAY_SIZE(servers); s++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
			transfer(&servers[s], sizes[i]);
			assert_int_equal(m.errors, 0);
			assert_int_equal(m.data_packets, last_block());
			assert_int_equal(m.tftp.size,
					 servers[s].plain || servers[s].refuses ? 0 : sizes[i]);
		}
	}
	begin(&servers[0], 0);
	run();
	assert_int_equal(m.tftp.state, TFTP_COMPLETE);
	assert_int_equal(m.got, 0);
}

/* Without loss a window is acknowledged once, and nothing is sent twice. */
static void acknowledges_once_a_window(void **state)
{
	(void)state;
	transfer(&(struct habits){ 0 }, 1468 * 160 - 1);
	assert_int_equal(m.data_packets, 160);
	assert_int_equal(m.acks, 1 + 10);
	transfer(&(struct habits){ .no_window = true }, 1468 * 160 - 1);
	assert_int_equal(m.acks, 1 + 160);
	/* A round trip is 1 ms: 16 blocks in one take a tenth of the time at most. */
	transfer(&(struct habits){ 0 }, 1468 * 160 - 1);
	assert_true(m.now - 5000000 < 160 * 2 * LINK_US / 10 + 10000);
}

static void block_numbers_wrap(void **state)
{
	(void)state;
	transfer(&(struct habits){ .blksize = 8 }, 8 * 140000 + 3);
	assert_int_equal(m.tftp.block, 140001);
	transfer(&(struct habits){ .plain = true }, 512 * 65535);
	transfer(&(struct habits){ .plain = true }, 512 * 65536 + 5);
}

static void survives_a_bad_network(void **state)
{
	static const unsigned int losses[] = { 1, 5, 20 };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(losses); i++) {
		for (int window = 0; window < 2; window++) {
			struct habits habits = { .no_window = !window, .loss = losses[i] };

			transfer(&habits, 300000);
			habits.dup = 10;
			transfer(&habits, 300000);
			habits.reorder = 10;
			transfer(&habits, 300000);
		}
	}
	transfer(&(struct habits){ .dup = 100 }, 300000);
	/* Doubled packets do not multiply: no acknowledgement is sent for what the network made. */
	assert_in_range(m.acks, 1, 2 * (205 / 16 + 3));
	transfer(&(struct habits){ .dup = 100, .no_window = true }, 300000);
	assert_in_range(m.acks, 1, 2 * 210);
	transfer(&(struct habits){ .reorder = 20 }, 300000);
}

static void tells_why_it_gets_nothing(void **state)
{
	(void)state;
	begin(&(struct habits){ .error = "File \033[2Jnot found" }, 100);
	run();
	assert_int_equal(m.tftp.err, ERR_TFTP_NOT_FOUND);
	assert_string_equal(m.tftp.words, "File ?[2Jnot found");

	/* The server is not there. */
	begin(&(struct habits){ .loss = 100 }, 100);
	run();
	assert_int_equal(m.tftp.err, ERR_TFTP_NO_ANSWER);
	assert_in_range(m.now - 5000000, 10000000, TFTP_GRACE_US);

	/* The cable is pulled in the middle. */
	begin(&(struct habits){ 0 }, 1000000);
	while (m.tftp.block < 100)
		step();
	m.habits.loss = 100;
	run();
	assert_int_equal(m.tftp.err, ERR_TFTP_TIMEOUT);
	assert_in_range(m.tftp.block, 100, 200);
	assert_in_range(m.now - 5000000, 5000000, TFTP_GRACE_US);

	m.tftp.file = "";
	tftp_start(&m.tftp, m.now);
	assert_int_equal(m.tftp.err, ERR_TFTP_NAME);
}

static void cuts_off_what_was_not_announced(void **state)
{
	(void)state;
	for (uint64_t size = 1; size < 4000; size += 371) {
		begin(&(struct habits){ .lies_of = size }, 100000);
		run();
		assert_int_equal(m.tftp.state, TFTP_COMPLETE);
		assert_int_equal(m.got, size);
	}
	/* A file may end on a whole block; one more that is empty says so. */
	transfer(&(struct habits){ .lies_of = 1468 * 3 }, 1468 * 3);
}

static void inject(uint16_t port, const void *packet, size_t length)
{
	uint8_t *bytes = malloc(length);

	memcpy(bytes, packet, length);
	tftp_input(&m.tftp, port, bytes, length, m.now);
	free(bytes);
}

#define INJECT(port, text) inject(port, text, sizeof(text) - 1)

static void refuses_bad_options(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} bad[] = {
#define OACK(text) { "\0\6" text, sizeof(text) + 1 }
		OACK("blksize\0001469\0"),
		OACK("blksize\0007\0"),
		OACK("blksize\00065536\0"),
		OACK("blksize\0"),
		OACK("blksize\0001000"),
		OACK("blksize\000-8\0"),
		OACK("blksize\0008x\0"),
		OACK("blksize\000\0"),
		OACK("blksize"),
		OACK("windowsize\0000\0"),
		OACK("windowsize\00017\0"),
		OACK("tsize\00099999999999999999999\0"),
		OACK("timeout\0002\0"),
		OACK("multicast\0001\0"),
		OACK("\0\0"),
		OACK("tsize\0005\0x"),
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		begin(&(struct habits){ .loss = 0 }, 100);
		m.queued = 0;
		inject(TID, bad[i].text, bad[i].length);
		if (m.tftp.err != ERR_TFTP_OPTION)
			fail_msg("OACK %u: E%d", i, m.tftp.err);
		m.now += LINK_US;
		step();
		assert_int_equal(m.error_code, 8);
	}
	begin(&(struct habits){ 0 }, 100);
	INJECT(TID, "\0\6BLKSIZE\0001000\0tsize\00018446744073709551615\0");
	assert_int_equal(m.tftp.state, TFTP_RECEIVING);
	assert_int_equal(m.tftp.size, UINT64_MAX);
	assert_int_equal(m.tftp.blksize, 1000);
	assert_int_equal(m.tftp.windowsize, 1);
}

static void listens_to_one_server_only(void **state)
{
	unsigned int block;

	(void)state;
	begin(&(struct habits){ 0 }, 100000);
	while (m.tftp.block < 10)
		step();
	block = (unsigned int)m.tftp.block;
	INJECT(TID + 1, "\0\3\0\13bad");
	INJECT(TID + 1, "\0\5\0\1gone");
	assert_int_equal(m.tftp.state, TFTP_RECEIVING);
	assert_int_equal(m.tftp.block, block);
	for (int i = 0; i < 1000; i++)
		INJECT(TID + 2, "\0\3\0\13bad");
	run();
	assert_int_equal(m.tftp.state, TFTP_COMPLETE);
	assert_int_equal(m.got, 100000);
	assert_int_equal(m.error_code, 5);
	/* A flood is not answered one by one. */
	assert_in_range(m.errors, 1, 8);
}

static void ignores_what_is_no_answer(void **state)
{
	(void)state;
	begin(&(struct habits){ 0 }, 5000);
	INJECT(TID, "\0\3\0\2early");
	INJECT(TID, "\0\4\0\0");
	INJECT(TID, "\0\1\0\0");
	INJECT(TID, "\0\3\0");
	INJECT(TID, "\xff\xff\0\1");
	INJECT(0, "\0\3\0\1zero");
	assert_int_equal(m.tftp.state, TFTP_REQUESTING);
	run();
	assert_int_equal(m.got, 5000);
}

static void refuses_a_block_that_is_too_long(void **state)
{
	static const uint8_t packet[4 + 513] = { 0, 3, 0, 1 };

	(void)state;
	begin(&(struct habits){ .plain = true }, 100);
	inject(TID, packet, sizeof(packet));
	assert_int_equal(m.tftp.err, ERR_TFTP_PROTOCOL);
	assert_int_equal(m.got, 0);
}

/* Eight bytes each 20 ms, for ever. */
static void gives_up_on_a_drip(void **state)
{
	uint64_t start;

	(void)state;
	begin(&(struct habits){ .blksize = 8 }, 1u << 30);
	INJECT(TID, "\0\6blksize\0008\0");
	m.queued = 0;
	start = m.now;
	for (uint16_t block = 1; m.tftp.state == TFTP_RECEIVING; block++) {
		uint8_t packet[12] = { 0, 3, (uint8_t)(block >> 8), (uint8_t)block };

		for (int i = 0; i < 8; i++)
			packet[4 + i] = content(m.got + i);
		m.now += 20000;
		inject(TID, packet, sizeof(packet));
		tftp_tick(&m.tftp, m.now);
		m.queued = 0;
	}
	assert_int_equal(m.tftp.err, ERR_TFTP_SLOW);
	assert_in_range(m.now - start, TFTP_GRACE_US, 2 * TFTP_GRACE_US);
}

static void stops_a_server_that_goes_on(void **state)
{
	(void)state;
	begin(&(struct habits){ 0 }, 1000000);
	while (m.tftp.block < 100)
		step();
	m.queued = 0;
	tftp_stop(&m.tftp);
	for (int i = 0; i < 20; i++)
		step();
	assert_int_equal(m.errors, 1);
	assert_int_equal(m.error_port, TID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_files_of_all_sizes),
		cmocka_unit_test(acknowledges_once_a_window),
		cmocka_unit_test(block_numbers_wrap),
		cmocka_unit_test(survives_a_bad_network),
		cmocka_unit_test(tells_why_it_gets_nothing),
		cmocka_unit_test(cuts_off_what_was_not_announced),
		cmocka_unit_test(refuses_bad_options),
		cmocka_unit_test(listens_to_one_server_only),
		cmocka_unit_test(ignores_what_is_no_answer),
		cmocka_unit_test(refuses_a_block_that_is_too_long),
		cmocka_unit_test(gives_up_on_a_drip),
		cmocka_unit_test(stops_a_server_that_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
