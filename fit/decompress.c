/* SPDX-License-Identifier: BSD-2-Clause */
/* The formats that this build can unpack. */
#include "fit/decompress.h"

#include "lib/string.h"

#ifndef FIT_DECOMPRESSORS
#define FIT_DECOMPRESSORS
#endif

static const struct decompressor decompressors[] = {
#define X(name) { #name, name##_unpack },
	FIT_DECOMPRESSORS
#undef X
	{ "", NULL },
};

const struct decompressor *decompressor_by_name(const char *name)
{
	const struct decompressor *decompressor = decompressors;

	while (decompressor->unpack && strcasecmp(decompressor->name, name))
		decompressor++;
	return decompressor->unpack ? decompressor : NULL;
}
