/* SPDX-License-Identifier: BSD-2-Clause */
/* Cyclic redundancy checks, small first, CRC-16 fast too: an SD card in SPI mode lives on it. */
#include "lib/crc.h"

#include "lib/string.h"

uint8_t crc7(uint8_t crc, const void *data, size_t length)
{
	const uint8_t *byte = data;
	unsigned int c = (unsigned int)crc << 1;

	while (length--) {
		c ^= *byte++;
		for (int bit = 0; bit < 8; bit++)
			c = c & 0x80 ? (c << 1) ^ (0x09 << 1) : c << 1;
		c &= 0xff;
	}
	return (uint8_t)(c >> 1);
}

static uint16_t crc16_bytes(uint16_t crc, const uint8_t *byte, size_t length)
{
	unsigned int c = crc;

	while (length--) {
		unsigned int x = (c >> 8 & 0xff) ^ *byte++;

		x ^= x >> 4;
		c = c << 8 ^ x << 12 ^ x << 5 ^ x;
	}
	return (uint16_t)c;
}

/*
 * Long data is reduced 8 bytes at a time, without a table, modulo the eighth power of the polynomial,
 *	x^128 + x^96 + x^40 + 1
 * (squaring is linear in GF(2)), which leaves the remainder modulo the polynomial itself as it is.
 * Its exponents are multiples of 8, so bytes move but bits keep their place in them, and words can
 * stay in the order in which a little-endian machine loads them: x^8 is a shift to the right.
 *
 * The state is high * x^64 + low. A further word w makes it high * x^128 + low * x^64 + w, where
 *	high * x^128 = high * (x^96 + x^40 + 1)
 * whose upper half of high again passes x^128: folded onto the lower half first.
 */
uint16_t crc16(uint16_t crc, const void *data, size_t length)
{
	const uint8_t *byte = data;
	size_t head = -(uintptr_t)byte % sizeof(uint64_t);
	uint64_t state[2] = { 0, 0 };
	const uint64_t *word, *end;

	if (length < head + 4 * sizeof(uint64_t))
		return crc16_bytes(crc, byte, length);
	crc = crc16_bytes(crc, byte, head);
	word = (const uint64_t *)(const void *)(byte + head);
	end = word + (length - head) / sizeof(uint64_t);
	state[1] = *word++ ^ (uint64_t)(crc >> 8 | (crc & 0xff) << 8);
	while (word < end) {
		uint64_t fold = state[0] ^ state[0] << 32;

		state[0] = state[1] ^ fold >> 32 ^ fold << 24;
		state[1] = *word++ ^ fold ^ fold >> 40;
	}
	crc = crc16_bytes(0, (const uint8_t *)state, sizeof(state));
	return crc16_bytes(crc, (const uint8_t *)end, (length - head) % sizeof(uint64_t));
}

/* Made when first needed: a table in the image would cost more than this. */
static uint32_t crc32_table[256];

static void make_crc32_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
		crc32_table[i] = c;
	}
}

uint32_t crc32_ieee(uint32_t crc, const void *data, size_t length)
{
	const uint8_t *byte = data;

	if (!crc32_table[1])
		make_crc32_table();
	crc = ~crc;
	while (length--)
		crc = crc >> 8 ^ crc32_table[(crc ^ *byte++) & 0xff];
	return ~crc;
}
