/* SPDX-License-Identifier: BSD-2-Clause */
/* The formats that this build can unpack. */
#include "fit/decompress.h"

#include "lib/bits.h"
#include "lib/string.h"

#ifndef FIT_DECOMPRESSORS
#define FIT_DECOMPRESSORS
#endif

static const struct decompressor decompressors[] = {
#define X(name) { #name, name##_unpack },
	FIT_DECOMPRESSORS
#undef X
};

const struct decompressor *decompressor_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(decompressors); i++) {
		if (!strcasecmp(decompressors[i].name, name))
			return &decompressors[i];
	}
	return NULL;
}
