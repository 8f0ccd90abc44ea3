/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacking of images. Data is unpacked after it has been verified, from memory to memory, and never
 * beyond the room that the memory map has for it; the destination is also the window of matches that
 * the formats look back into, so that nothing else is needed.
 *
 * Which formats there are is the board's choice: FIT_DECOMPRESSORS is X(gzip) X(lz4) X(zstd) X(lzma), or
 * some.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/* 0 in a build that has none, where the code around them is not needed either. */
#ifndef FIT_CAN_UNPACK
#define FIT_CAN_UNPACK 1
#endif

/* One piece of data to unpack. */
struct packed {
	const uint8_t *data;
	size_t size;
	uint8_t *to;
	size_t room;	 /* bytes that may be written from `to` on */
	size_t unpacked; /* bytes that were */
};

struct decompressor {
	char name[8]; /* what a FIT calls it */
	/* ERR_FIT_UNPACK: not such data, or damaged; ERR_FIT_UNPACK_ROOM: there is more than room. */
	enum err (*unpack)(struct packed *packed);
};

/* The one for a FIT's `compression`; NULL when this build has none of that name. */
const struct decompressor *decompressor_by_name(const char *name);

/* RFC 1952: one member. */
enum err gzip_unpack(struct packed *packed);

/* Frames as lz4 writes them, also with linked blocks, and as `lz4 -l` does. No dictionaries. */
enum err lz4_unpack(struct packed *packed);

/* RFC 8878: frames, without dictionaries. */
enum err zstd_unpack(struct packed *packed);

/*
 * Files as `xz --format=lzma` writes them, of known or unknown size; nothing may follow. Besides,
 * ERR_FIT_UNPACK_LZMA: to unpack it takes more memory than any file of xz's does.
 */
enum err lzma_unpack(struct packed *packed);
