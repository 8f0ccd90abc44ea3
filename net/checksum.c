/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum, eight bytes at a time (RFC 1071, section 2). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/lwip_hooks.h"

typedef uint64_t __attribute__((may_alias)) word_t;

#define WORD sizeof(word_t)

static inline uint64_t add(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

/* A single byte is the lower or the upper half of its 16 bits. */
static uint64_t add_byte(uint64_t sum, const uint8_t *byte)
{
	return add(sum, (uint64_t)*byte << ((uintptr_t)byte & 1 ? 8 : 0));
}

uint16_t checksum(const void *data, int length)
{
	const uint8_t *p = data;
	size_t left = length > 0 ? (size_t)length : 0;
	bool starts_odd = (uintptr_t)p & 1;
	uint64_t sum = 0;

	for (; left && (uintptr_t)p % WORD; left--)
		sum = add_byte(sum, p++);
	for (; left >= 4 * WORD; left -= 4 * WORD, p += 4 * WORD) {
		const word_t *w = (const word_t *)p;

		sum = add(add(add(add(sum, w[0]), w[1]), w[2]), w[3]);
	}
	for (; left >= WORD; left -= WORD, p += WORD)
		sum = add(sum, *(const word_t *)p);
	while (left--)
		sum = add_byte(sum, p++);

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(starts_odd ? (sum & 0xff) << 8 | sum >> 8 : sum);
}
