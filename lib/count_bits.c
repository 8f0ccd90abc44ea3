/* SPDX-License-Identifier: BSD-2-Clause */
/* What compilers call for __builtin_clz() and __builtin_ctz() without Zbb: not 0, as there. */
#include "lib/bits.h"

int __clzdi2(uint64_t value);
int __ctzdi2(uint64_t value);

int __ctzdi2(uint64_t value)
{
	return (int)lowest_bit(value);
}

int __clzdi2(uint64_t value)
{
	for (unsigned int shift = 1; shift < 64; shift *= 2)
		value |= value >> shift;
	return 63 - (int)lowest_bit(value ^ value >> 1);
}
