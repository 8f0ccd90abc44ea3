/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strtoul() for libfdt, which reads the offsets of overlay fix-ups with it: decimal, and at most
 * INT32_MAX, so that what it adds to an offset cannot wrap.
 */
#include <stdint.h>

/* Hidden: on a host, others go on using the C library's. */
__attribute__((visibility("hidden"))) unsigned long strtoul(const char *restrict text,
							    char **restrict end, int base);

unsigned long strtoul(const char *restrict text, char **restrict end, int base)
{
	unsigned long value = 0;

	(void)base;
	for (; *text >= '0' && *text <= '9'; text++) {
		value = value * 10 + (unsigned long)(*text - '0');
		if (value > INT32_MAX)
			value = INT32_MAX;
	}
	*end = (char *)(uintptr_t)text;
	return value;
}
