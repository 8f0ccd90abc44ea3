/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: any bytes as packed data. The first byte chooses the format and, roughly, the
 * room for what comes out.
 */
/* sources: fit/decompress.c UNPACK_SOURCES lib/crc.c lib/err.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fit/decompress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "gzip", "lz4", "zstd", "lzma" };
	struct packed packed = { 0 };
	uint8_t *from, *to;
	enum err err;

	if (!size)
		return 0;
	/* On the heap, at their exact sizes: what goes beyond them is seen. */
	packed.size = size - 1;
	packed.room = (size_t)1 << (data[0] / 4 % 18);
	packed.data = from = malloc(size);
	packed.to = to = malloc(packed.room);
	memcpy(from, data + 1, size - 1);
	err = decompressor_by_name(names[data[0] % 4])->unpack(&packed);
	if (packed.unpacked > packed.room ||
	    (err && err != ERR_FIT_UNPACK && err != ERR_FIT_UNPACK_ROOM &&
	     err != ERR_FIT_UNPACK_LZMA))
		abort();
	free(from);
	free(to);
	return 0;
}
