/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip (RFC 1952); zlib inflates what is in it. */
#include <stdbool.h>
#include <zlib.h>

#include "fit/decompress.h"
#include "lib/bits.h"
#include "lib/crc.h"
#include "lib/string.h"

#define HEADER_SIZE 10
#define TRAILER_SIZE 8
#define DEFLATE 8

#define FLAG_HEADER_CRC BIT(1)
#define FLAG_EXTRA BIT(2)
#define FLAG_NAME BIT(3)
#define FLAG_COMMENT BIT(4)
#define FLAGS_RESERVED 0xe0

#define WINDOW_BITS 15

#define STATE_MAX 8192

/* zlib's own memory: its state, once at a time. */
static voidpf allocate(voidpf opaque, uInt items, uInt size)
{
	static _Alignas(8) uint8_t memory[STATE_MAX];

	(void)opaque;
	return (size_t)items * size <= sizeof(memory) ? memory : NULL;
}

static void release(voidpf opaque, voidpf address)
{
	(void)opaque;
	(void)address;
}

/* All input was there from the start. */
static unsigned int no_more_input(void *context, z_const unsigned char **next)
{
	(void)context;
	(void)next;
	return 0;
}

static int put(void *context, unsigned char *data, unsigned int size)
{
	struct packed *packed = context;

	if (size > packed->room - packed->unpacked)
		return -1;
	memcpy(packed->to + packed->unpacked, data, size);
	packed->unpacked += size;
	return 0;
}

/* Behind a NUL; the end of the data when there is none. */
static const uint8_t *skip_text(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *nul = memchr(at, '\0', (size_t)(end - at));

	return nul ? nul + 1 : end;
}

/* Where the compressed data starts; NULL: this is no gzip file. */
static const uint8_t *skip_header(const struct packed *packed)
{
	const uint8_t *at = packed->data, *end = at + packed->size;
	uint8_t flags;

	if (packed->size < HEADER_SIZE + TRAILER_SIZE || at[0] != 0x1f || at[1] != 0x8b ||
	    at[2] != DEFLATE || at[3] & FLAGS_RESERVED)
		return NULL;
	flags = at[3];
	at += HEADER_SIZE;
	if (flags & FLAG_EXTRA)
		at += 2 + MIN(load_le16(at), end - at - 2);
	if (flags & FLAG_NAME)
		at = skip_text(at, end);
	if (flags & FLAG_COMMENT)
		at = skip_text(at, end);
	if (flags & FLAG_HEADER_CRC)
		at += MIN(2, end - at);
	return end - at >= TRAILER_SIZE ? at : NULL;
}

enum err gzip_unpack(struct packed *packed)
{
	static _Alignas(8) uint8_t window[1 << WINDOW_BITS];
	const uint8_t *start = skip_header(packed), *trailer;
	z_stream stream = { .zalloc = allocate, .zfree = release };
	int result;

	packed->unpacked = 0;
	if (!start || packed->size > UINT32_MAX)
		return ERR_FIT_UNPACK;
	if (inflateBackInit(&stream, WINDOW_BITS, window))
		return ERR_FIT_UNPACK;
	stream.next_in = (z_const Bytef *)(uintptr_t)start;
	stream.avail_in = (uInt)(packed->data + packed->size - start);
	result = inflateBack(&stream, no_more_input, NULL, put, packed);
	if (result == Z_BUF_ERROR && stream.next_in)
		return ERR_FIT_UNPACK_ROOM;
	if (result != Z_STREAM_END || stream.avail_in < TRAILER_SIZE)
		return ERR_FIT_UNPACK;

	trailer = stream.next_in;
	return load_le32(trailer) == crc32_ieee(0, packed->to, packed->unpacked) &&
			       load_le32(trailer + 4) == (uint32_t)packed->unpacked
		     ? ERR_OK
		     : ERR_FIT_UNPACK;
}
