/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer target: any bytes as a FAT volume. Reads stay inside, and end. */
/* sources: fs/fat.c fit/source.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fat.h"
#include "lib/bits.h"

#define MOST 65536u

struct bytes {
	struct source source;
	const uint8_t *data;
	unsigned int reads;
};

static enum err read_bytes(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	struct bytes *bytes = (struct bytes *)source;

	/* A directory of 65,536 entries, each by way of a chain that is walked again. */
	if (!range_inside(offset, length, 0, source->size) || bytes->reads++ > 10000000)
		abort();
	memcpy(buffer, bytes->data + offset, length);
	return ERR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/hartline.itb", "/boot/A longer name.itb", "/boot" };
	static uint8_t buffer[MOST];
	struct bytes bytes = { { .read = read_bytes, .size = size }, data, 0 };
	struct fat fat;
	struct fat_file file;

	if (!size || fat_open(&fat, &bytes.source))
		return 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(paths); i++) {
		if (fat_find(&fat, paths[i], &file))
			continue;
		source_read(&file.source, 0, buffer, MIN(file.source.size, MOST));
		if (file.source.size > 100)
			source_read(&file.source, 50, buffer, 50);
	}
	return 0;
}
