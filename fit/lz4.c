/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZ4 frames (lz4_Frame_format.md 1.6.4), and the older ones of `lz4 -l`; the library decodes blocks.
 * Checksums are passed over: they find damage, and so does the hash of the image, before anything is
 * unpacked. An image without a hash is loaded by VERIFY=hash and off only, packed or not.
 */
#include <lz4.h>
#include <stdbool.h>

#include "fit/decompress.h"
#include "lib/bits.h"
#include "lib/string.h"

#define MAGIC 0x184d2204
#define MAGIC_LEGACY 0x184c2102
#define MAGIC_SKIPPABLE 0x184d2a50 /* and the 15 after it */

#define FLAG_DICTIONARY BIT(0)
#define FLAG_CONTENT_CHECKSUM BIT(2)
#define FLAG_CONTENT_SIZE BIT(3)
#define FLAG_BLOCK_CHECKSUM BIT(4)
#define VERSION(flags) ((flags) >> 6)

#define BLOCK_STORED BIT(31)
#define BLOCK_MAX 0x800000UL /* unpacked, of any kind of frame */
#define BLOCK_PACKED_MAX (BLOCK_MAX + BLOCK_MAX / 255 + 16)
#define WINDOW 0x10000UL /* that blocks may look back */

/*
 * Of the library's variants for where history is, the one that is right for all of it; lz4.c has it
 * without a header. LZ4_decompress_safe_usingDict() would take in four.
 */
int LZ4_decompress_safe_forceExtDict(const char *from, char *to, int packed, int room,
				     const void *history, size_t history_size);

struct reader {
	struct packed *packed;
	size_t at;
};

static size_t left(const struct reader *r)
{
	return r->packed->size - r->at;
}

static bool take32(struct reader *r, uint32_t *value)
{
	if (left(r) < 4)
		return false;
	*value = load_le32(r->packed->data + r->at);
	r->at += 4;
	return true;
}

static bool skip(struct reader *r, size_t size)
{
	if (left(r) < size)
		return false;
	r->at += size;
	return true;
}

/* @window bytes before the block may be looked back into. */
static enum err unpack_block(struct reader *r, size_t size, bool stored, size_t window)
{
	struct packed *p = r->packed;
	const char *from = (const char *)p->data + r->at;
	char *to = (char *)p->to + p->unpacked;
	size_t room = MIN(p->room - p->unpacked, BLOCK_MAX);
	int unpacked = (int)size;

	if (size > BLOCK_PACKED_MAX || !skip(r, size))
		return ERR_FIT_UNPACK;
	if (stored && size > room)
		return ERR_FIT_UNPACK_ROOM;
	if (stored)
		memcpy(to, from, size);
	else
		unpacked = LZ4_decompress_safe_forceExtDict(from, to, (int)size, (int)room,
							    to - window, window);
	/* The library does not tell damage from lack of room. */
	if (unpacked < 0)
		return room < BLOCK_MAX ? ERR_FIT_UNPACK_ROOM : ERR_FIT_UNPACK;
	p->unpacked += (size_t)unpacked;
	return ERR_OK;
}

static enum err unpack_frame(struct reader *r)
{
	size_t start = r->packed->unpacked;
	uint8_t flags;
	uint32_t size;
	enum err err;

	if (left(r) < 3)
		return ERR_FIT_UNPACK;
	flags = r->packed->data[r->at];
	if (VERSION(flags) != 1 || flags & FLAG_DICTIONARY ||
	    !skip(r, 3 + (flags & FLAG_CONTENT_SIZE ? 8 : 0)))
		return ERR_FIT_UNPACK;
	for (;;) {
		if (!take32(r, &size))
			return ERR_FIT_UNPACK;
		if (!size)
			break;
		err = unpack_block(r, size & ~(uint32_t)BLOCK_STORED, size & BLOCK_STORED,
				   MIN(r->packed->unpacked - start, WINDOW));
		if (err)
			return err;
		if (flags & FLAG_BLOCK_CHECKSUM && !skip(r, 4))
			return ERR_FIT_UNPACK;
	}
	return !(flags & FLAG_CONTENT_CHECKSUM) || skip(r, 4) ? ERR_OK : ERR_FIT_UNPACK;
}

/* It has no end mark: another magic number, or the end of the data, is the end. */
static enum err unpack_legacy_frame(struct reader *r)
{
	uint32_t size;
	enum err err = ERR_OK;

	while (!err && left(r)) {
		if (!take32(r, &size))
			return ERR_FIT_UNPACK;
		if (size > BLOCK_PACKED_MAX) {
			r->at -= 4;
			break;
		}
		err = unpack_block(r, size, false, 0);
	}
	return err;
}

enum err lz4_unpack(struct packed *packed)
{
	struct reader r = { .packed = packed };
	enum err err = ERR_OK;
	uint32_t magic, size;

	packed->unpacked = 0;
	if (!packed->size)
		return ERR_FIT_UNPACK;
	while (!err && left(&r)) {
		if (!take32(&r, &magic))
			return ERR_FIT_UNPACK;
		if (magic == MAGIC)
			err = unpack_frame(&r);
		else if (magic == MAGIC_LEGACY)
			err = unpack_legacy_frame(&r);
		else if ((magic & ~15U) != MAGIC_SKIPPABLE || !take32(&r, &size) || !skip(&r, size))
			err = ERR_FIT_UNPACK;
	}
	return err;
}
