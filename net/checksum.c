/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum, four bytes at a time (RFC 1071, section 2). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/lwip_hooks.h"

/* Their sums do not overflow 64 bits, whatever an int can count. */
typedef uint32_t __attribute__((may_alias)) unit_t;

#define UNIT sizeof(unit_t)

/* A single byte is the lower or the upper half of its 16 bits. */
static uint64_t add_byte(uint64_t sum, const uint8_t *byte)
{
	return sum + ((uint64_t)*byte << ((uintptr_t)byte & 1 ? 8 : 0));
}

uint16_t checksum(const void *data, int length)
{
	const uint8_t *p = data;
	size_t left = length > 0 ? (size_t)length : 0;
	bool starts_odd = (uintptr_t)p & 1;
	uint64_t sum = 0;

	for (; left && (uintptr_t)p % UNIT; left--)
		sum = add_byte(sum, p++);
	for (; left >= 16 * UNIT; left -= 16 * UNIT, p += 16 * UNIT) {
		const unit_t *w = (const unit_t *)p;

		sum += (uint64_t)w[0] + w[1] + w[2] + w[3] + w[4] + w[5] + w[6] + w[7];
		sum += (uint64_t)w[8] + w[9] + w[10] + w[11] + w[12] + w[13] + w[14] + w[15];
	}
	for (; left >= UNIT; left -= UNIT, p += UNIT)
		sum += *(const unit_t *)p;
	while (left--)
		sum = add_byte(sum, p++);

	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(starts_odd ? (sum & 0xff) << 8 | sum >> 8 : sum);
}
