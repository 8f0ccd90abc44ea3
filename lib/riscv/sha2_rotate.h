/* SPDX-License-Identifier: BSD-2-Clause */
/* The sigmas of FIPS 180-4, 4.1.2 and 4.1.3, by rotation: for sha2_blocks.h. */
#pragma once

#include <stdint.h>

/* Of the lower half of @x, with its sign extended: what instructions that end in W do. */
static inline uint64_t rotate32(uint64_t x, int n)
{
	return (uint64_t)(int32_t)((uint32_t)x >> n | (uint32_t)x << (32 - n));
}

static inline uint64_t shift32(uint64_t x, int n)
{
	return (uint64_t)(int32_t)((uint32_t)x >> n);
}

static inline uint64_t rotate64(uint64_t x, int n)
{
	return x >> n | x << (64 - n);
}

static inline uint64_t sha256_sum0(uint64_t x)
{
	return rotate32(x, 2) ^ rotate32(x, 13) ^ rotate32(x, 22);
}

static inline uint64_t sha256_sum1(uint64_t x)
{
	return rotate32(x, 6) ^ rotate32(x, 11) ^ rotate32(x, 25);
}

static inline uint64_t sha256_sig0(uint64_t x)
{
	return rotate32(x, 7) ^ rotate32(x, 18) ^ shift32(x, 3);
}

static inline uint64_t sha256_sig1(uint64_t x)
{
	return rotate32(x, 17) ^ rotate32(x, 19) ^ shift32(x, 10);
}

static inline uint64_t sha512_sum0(uint64_t x)
{
	return rotate64(x, 28) ^ rotate64(x, 34) ^ rotate64(x, 39);
}

static inline uint64_t sha512_sum1(uint64_t x)
{
	return rotate64(x, 14) ^ rotate64(x, 18) ^ rotate64(x, 41);
}

static inline uint64_t sha512_sig0(uint64_t x)
{
	return rotate64(x, 1) ^ rotate64(x, 8) ^ x >> 7;
}

static inline uint64_t sha512_sig1(uint64_t x)
{
	return rotate64(x, 19) ^ rotate64(x, 61) ^ x >> 6;
}
