/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses S-mode may pass: arithmetic only. */
#include "lib/bits.h"
#include "sbi/shmem.h"

/* How many of @length bytes from @base on are in one bank. */
static uint64_t bytes_in_bank(const struct memory_range *banks, unsigned int count, uint64_t base,
			      uint64_t length)
{
	for (unsigned int i = 0; i < count; i++) {
		if (range_inside(base, 1, banks[i].base, banks[i].size))
			return MIN(length, banks[i].size - (base - banks[i].base));
	}
	return 0;
}

bool shmem_range_is_ram(const struct memory_range *banks, unsigned int count,
			const struct memory_range *kept, uint64_t base, uint64_t length)
{
	if (!length || base + length - 1 < base)
		return false;
	if (ranges_overlap(base, length, kept->base, kept->size))
		return false;
	while (length) {
		uint64_t part = bytes_in_bank(banks, count, base, length);

		if (!part)
			return false;
		base += part;
		length -= part;
	}
	return true;
}
