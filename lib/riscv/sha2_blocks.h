/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 and SHA-512 of whole blocks (FIPS 180-4, 6.2.2 and 6.4.2), to be compiled for what a hart
 * has: the file that includes it defines the functions of 4.1.2 and 4.1.3 first, sha256_sum0() and
 * so on for the capital sigmas, sha256_sig0() and so on for the small ones.
 *
 * Words of 32 bits are in registers and slots of 64, whose upper halves nobody looks at: so nothing
 * keeps them in order. What is left for each round besides its arithmetic is one load of the word and
 * one of the constant.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/riscv/sha2.h"
#include "lib/string.h"

#define SHA2_INLINE static inline __attribute__((always_inline))
/* Rounds, and words, between two looks at the loop: so many that no variable has to change its place. */
#define SHA2_STEP 8

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

static inline uint64_t sha2_constant(bool is_512, const uint64_t *constant)
{
	return is_512 ? *constant : (uint64_t)((const int32_t *)constant)[1];
}

SHA2_INLINE void sha2_round(bool is_512, uint64_t a, uint64_t b, uint64_t *d, uint64_t e,
			    uint64_t f, uint64_t g, uint64_t *h, uint64_t word,
			    const uint64_t *constant, uint64_t *differ)
{
	uint64_t t = *h + word + sha2_constant(is_512, constant) + choose(e, f, g) +
		     (is_512 ? sha512_sum1(e) : sha256_sum1(e));

	*d += t;
	*h = t + majority(a, b, differ) + (is_512 ? sha512_sum0(a) : sha256_sum0(a));
}

/* Makes of word @i in @old, the older half of the last sixteen, the one that follows the newer half. */
SHA2_INLINE void sha2_next_word(bool is_512, uint64_t *old, const uint64_t *new, int i)
{
	uint64_t after_1 = i < 7 ? old[i + 1] : new[0];
	uint64_t after_9 = i < 7 ? new[i + 1] : old[0];
	uint64_t after_14 = i < 2 ? new[i + 6] : old[i - 2];

	old[i] += after_9 + (is_512 ? sha512_sig0(after_1) + sha512_sig1(after_14)
				    : sha256_sig0(after_1) + sha256_sig1(after_14));
}

/* The sixteen words of the block at @data; two of 32 bits are loaded, and swapped, at once. */
SHA2_INLINE void sha2_load_block(bool is_512, uint64_t *w, const uint8_t *data)
{
	const uint64_t *from = (const uint64_t *)(const void *)data;

	if ((uintptr_t)data % sizeof(*from))
		from = memcpy(is_512 ? w : w + 8, data, is_512 ? SHA512_BLOCK : SHA256_BLOCK);
	for (const uint64_t *end = w + 16; w < end; from++) {
		uint64_t words = __builtin_bswap64(*from);

		if (!is_512)
			*w++ = words >> 32;
		*w++ = words;
	}
}

SHA2_INLINE void sha2_hash(bool is_512, uint64_t hash[8], const uint8_t *data, size_t blocks)
{
	const uint64_t *end = sha2_constants + (is_512 ? 80 : 64);
	uint64_t w[16];

	for (; blocks; blocks--, data += is_512 ? SHA512_BLOCK : SHA256_BLOCK) {
		uint64_t a = hash[0], b = hash[1], c = hash[2], d = hash[3];
		uint64_t e = hash[4], f = hash[5], g = hash[6], h = hash[7];
		uint64_t differ = b ^ c, *now = w, *later = w + SHA2_STEP;

		sha2_load_block(is_512, w, data);
		for (const uint64_t *k = sha2_constants;;) {
			uint64_t *done = now;

			sha2_round(is_512, a, b, &d, e, f, g, &h, now[0], k + 0, &differ);
			sha2_round(is_512, h, a, &c, d, e, f, &g, now[1], k + 1, &differ);
			sha2_round(is_512, g, h, &b, c, d, e, &f, now[2], k + 2, &differ);
			sha2_round(is_512, f, g, &a, b, c, d, &e, now[3], k + 3, &differ);
			sha2_round(is_512, e, f, &h, a, b, c, &d, now[4], k + 4, &differ);
			sha2_round(is_512, d, e, &g, h, a, b, &c, now[5], k + 5, &differ);
			sha2_round(is_512, c, d, &f, g, h, a, &b, now[6], k + 6, &differ);
			sha2_round(is_512, b, c, &e, f, g, h, &a, now[7], k + 7, &differ);
			k += SHA2_STEP;
			if (k == end)
				break;
			if (k < end - SHA2_STEP) {
				sha2_next_word(is_512, now, later, 0);
				sha2_next_word(is_512, now, later, 1);
				sha2_next_word(is_512, now, later, 2);
				sha2_next_word(is_512, now, later, 3);
				sha2_next_word(is_512, now, later, 4);
				sha2_next_word(is_512, now, later, 5);
				sha2_next_word(is_512, now, later, 6);
				sha2_next_word(is_512, now, later, 7);
			}
			now = later;
			later = done;
		}
		hash[0] += a;
		hash[1] += b;
		hash[2] += c;
		hash[3] += d;
		hash[4] += e;
		hash[5] += f;
		hash[6] += g;
		hash[7] += h;
	}
}

static inline void sha256_hash(uint8_t *state, const uint8_t *data, size_t blocks)
{
	uint32_t *words = (uint32_t *)(void *)state;
	uint64_t hash[8];

	for (int i = 0; i < 8; i++)
		hash[i] = __builtin_bswap32(words[i]);
	sha2_hash(false, hash, data, blocks);
	for (int i = 0; i < 8; i++)
		words[i] = __builtin_bswap32((uint32_t)hash[i]);
}

static inline void sha512_hash(uint8_t *state, const uint8_t *data, size_t blocks)
{
	uint64_t *words = (uint64_t *)(void *)state;
	uint64_t hash[8];

	for (int i = 0; i < 8; i++)
		hash[i] = __builtin_bswap64(words[i]);
	sha2_hash(true, hash, data, blocks);
	for (int i = 0; i < 8; i++)
		words[i] = __builtin_bswap64(hash[i]);
}
