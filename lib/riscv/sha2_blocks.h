/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 and SHA-512 of whole blocks (FIPS 180-4, 6.2.2 and 6.4.2), to be compiled for what a hart
 * has: the file that includes it defines the functions of 4.1.2 and 4.1.3 first, sha256_sum0() and
 * so on for the capital sigmas, sha256_sig0() and so on for the small ones.
 *
 * Words of 32 bits are in registers of 64, whose upper halves nobody looks at: so the compiler needs
 * not keep them in order.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/riscv/sha2.h"
#include "lib/string.h"

/* Ch: of each bit of e, that of f or of g. */
static inline uint64_t choose(uint64_t e, uint64_t f, uint64_t g)
{
	return ((f ^ g) & e) ^ g;
}

/*
 * Maj: b where a and b agree, else c. a ^ b is the b ^ c of the next round, and so @differ is passed
 * from round to round.
 */
static inline uint64_t majority(uint64_t a, uint64_t b, uint64_t *differ)
{
	uint64_t a_b = a ^ b, result = (a_b & *differ) ^ b;

	*differ = a_b;
	return result;
}

/* @word: the round's constant and word of the message, added. */
static inline __attribute__((always_inline)) void sha256_round(uint64_t a, uint64_t b, uint64_t *d,
							       uint64_t e, uint64_t f, uint64_t g,
							       uint64_t *h, uint64_t word,
							       uint64_t *differ)
{
	uint64_t t = *h + sha256_sum1(e) + choose(e, f, g) + word;

	*d += t;
	*h = t + sha256_sum0(a) + majority(a, b, differ);
}

static inline uint64_t sha256_word(const int32_t *w, int i)
{
	return (uint64_t)w[i] + (uint64_t)(int32_t)(sha2_constants[i] >> 32);
}

static inline void sha256_hash(uint8_t *state, const uint8_t *data, size_t blocks)
{
	uint32_t *hash = (uint32_t *)(void *)state;
	int32_t value[8], w[64];

	for (int i = 0; i < 8; i++)
		value[i] = (int32_t)__builtin_bswap32(hash[i]);
	for (; blocks; blocks--, data += SHA256_BLOCK) {
		uint64_t a = (uint64_t)value[0], b = (uint64_t)value[1], c = (uint64_t)value[2];
		uint64_t d = (uint64_t)value[3], e = (uint64_t)value[4], f = (uint64_t)value[5];
		uint64_t g = (uint64_t)value[6], h = (uint64_t)value[7], differ = b ^ c;

		memcpy(w, data, SHA256_BLOCK);
		for (int i = 0; i < 16; i++)
			w[i] = (int32_t)__builtin_bswap32((uint32_t)w[i]);
		for (int32_t *to = w + 16; to < w + 64; to++)
			*to = (int32_t)(sha256_sig1((uint64_t)to[-2]) + (uint64_t)to[-7] +
					sha256_sig0((uint64_t)to[-15]) + (uint64_t)to[-16]);
		for (int i = 0; i < 64; i += 8) {
			sha256_round(a, b, &d, e, f, g, &h, sha256_word(w, i + 0), &differ);
			sha256_round(h, a, &c, d, e, f, &g, sha256_word(w, i + 1), &differ);
			sha256_round(g, h, &b, c, d, e, &f, sha256_word(w, i + 2), &differ);
			sha256_round(f, g, &a, b, c, d, &e, sha256_word(w, i + 3), &differ);
			sha256_round(e, f, &h, a, b, c, &d, sha256_word(w, i + 4), &differ);
			sha256_round(d, e, &g, h, a, b, &c, sha256_word(w, i + 5), &differ);
			sha256_round(c, d, &f, g, h, a, &b, sha256_word(w, i + 6), &differ);
			sha256_round(b, c, &e, f, g, h, &a, sha256_word(w, i + 7), &differ);
		}
		value[0] = (int32_t)((uint64_t)value[0] + a);
		value[1] = (int32_t)((uint64_t)value[1] + b);
		value[2] = (int32_t)((uint64_t)value[2] + c);
		value[3] = (int32_t)((uint64_t)value[3] + d);
		value[4] = (int32_t)((uint64_t)value[4] + e);
		value[5] = (int32_t)((uint64_t)value[5] + f);
		value[6] = (int32_t)((uint64_t)value[6] + g);
		value[7] = (int32_t)((uint64_t)value[7] + h);
	}
	for (int i = 0; i < 8; i++)
		hash[i] = __builtin_bswap32((uint32_t)value[i]);
}

/* @word: the round's constant and word of the message, added. */
static inline __attribute__((always_inline)) void sha512_round(uint64_t a, uint64_t b, uint64_t *d,
							       uint64_t e, uint64_t f, uint64_t g,
							       uint64_t *h, uint64_t word,
							       uint64_t *differ)
{
	uint64_t t = *h + sha512_sum1(e) + choose(e, f, g) + word;

	*d += t;
	*h = t + sha512_sum0(a) + majority(a, b, differ);
}

static inline void sha512_hash(uint8_t *state, const uint8_t *data, size_t blocks)
{
	uint64_t *hash = (uint64_t *)(void *)state;
	uint64_t value[8], w[80];

	for (int i = 0; i < 8; i++)
		value[i] = __builtin_bswap64(hash[i]);
	for (; blocks; blocks--, data += SHA512_BLOCK) {
		uint64_t a = value[0], b = value[1], c = value[2];
		uint64_t d = value[3], e = value[4], f = value[5];
		uint64_t g = value[6], h = value[7], differ = b ^ c;

		memcpy(w, data, SHA512_BLOCK);
		for (int i = 0; i < 16; i++)
			w[i] = __builtin_bswap64(w[i]);
		for (uint64_t *to = w + 16; to < w + 80; to++)
			*to = sha512_sig1(to[-2]) + to[-7] + sha512_sig0(to[-15]) + to[-16];
		for (int i = 0; i < 80; i += 8) {
			sha512_round(a, b, &d, e, f, g, &h, w[i + 0] + sha2_constants[i + 0],
				     &differ);
			sha512_round(h, a, &c, d, e, f, &g, w[i + 1] + sha2_constants[i + 1],
				     &differ);
			sha512_round(g, h, &b, c, d, e, &f, w[i + 2] + sha2_constants[i + 2],
				     &differ);
			sha512_round(f, g, &a, b, c, d, &e, w[i + 3] + sha2_constants[i + 3],
				     &differ);
			sha512_round(e, f, &h, a, b, c, &d, w[i + 4] + sha2_constants[i + 4],
				     &differ);
			sha512_round(d, e, &g, h, a, b, &c, w[i + 5] + sha2_constants[i + 5],
				     &differ);
			sha512_round(c, d, &f, g, h, a, &b, w[i + 6] + sha2_constants[i + 6],
				     &differ);
			sha512_round(b, c, &e, f, g, h, &a, w[i + 7] + sha2_constants[i + 7],
				     &differ);
		}
		value[0] += a;
		value[1] += b;
		value[2] += c;
		value[3] += d;
		value[4] += e;
		value[5] += f;
		value[6] += g;
		value[7] += h;
	}
	for (int i = 0; i < 8; i++)
		hash[i] = __builtin_bswap64(value[i]);
}
