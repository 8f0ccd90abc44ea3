/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: what a hostile server says to the TFTP client and in DHCP's options. The first byte
 * of each piece of the input says what it is, the second how long, and the third how much later it comes.
 */
/* sources: net/tftp.c net/boot_options.c lib/err.c */
#include <stdlib.h>
#include <string.h>

#include "net/boot_options.h"
#include "net/tftp.h"

#define TID 4000

#define require(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

static uint64_t delivered;

static void send(struct tftp *tftp, uint16_t port, const void *packet, size_t length)
{
	require(port && length >= 4 && length <= 300);
	/* A request, an acknowledgement or an error. */
	require(((const uint8_t *)packet)[0] == 0 &&
		strchr("\1\4\5", ((const uint8_t *)packet)[1]));
}

static void deliver(struct tftp *tftp, const void *data, size_t length)
{
	require(length && length <= TFTP_BLKSIZE_MAX);
	delivered += length;
	/* All of it can be read. */
	free(memcpy(malloc(length), data, length));
}

static const struct tftp_ops ops = { .send = send, .deliver = deliver };

static void check(const struct tftp *tftp, const struct boot_options *options)
{
	require(tftp->received == delivered);
	require(!tftp->size || tftp->received <= tftp->size);
	require(tftp->blksize >= TFTP_BLKSIZE_MIN && tftp->blksize <= TFTP_BLKSIZE_MAX);
	require(tftp->windowsize && tftp->windowsize <= 32);
	require((tftp->state == TFTP_FAILED) == (tftp->err != ERR_OK));
	require(strnlen(tftp->words, sizeof(tftp->words)) < sizeof(tftp->words));
	for (const char *c = tftp->words; *c; c++)
		require(*c >= ' ' && *c <= '~');
	require(strnlen(options->server, BOOT_TEXT_MAX) < BOOT_TEXT_MAX);
	require(strnlen(options->file, BOOT_TEXT_MAX) < BOOT_TEXT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tftp tftp = { .ops = &ops, .file = "file", .blksize = 1468, .windowsize = 32 };
	struct boot_options options = { 0 };
	uint64_t now = 1000000;

	delivered = 0;
	tftp_start(&tftp, now);
	while (size >= 3) {
		size_t length = data[1] < 250 ? data[1] : 512 + 100 * (data[1] - 250u);
		unsigned int kind = data[0];
		uint8_t *piece;

		now += (uint64_t)data[2] * data[2] * 100;
		data += 3;
		size -= 3;
		length = length < size ? length : size;
		piece = malloc(length + 1);
		memcpy(piece + 1, data, length);
		if (kind & 0x80)
			boot_options_take(&options, kind & 0x7f, piece + 1, length);
		else
			tftp_input(&tftp, kind & 0x40 ? TID + 1 : TID, piece + 1, length, now);
		free(piece);
		tftp_tick(&tftp, now);
		check(&tftp, &options);
		data += length;
		size -= length;
	}
	tftp_stop(&tftp);
	return 0;
}
