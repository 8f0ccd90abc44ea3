/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-2 with an instruction for each sigma. They have the compiler's numbers, not names: not every
 * assembler knows those. */
#include <stdint.h>

#define ZKNH_FUNCTION(name, number) \
	static inline uint64_t name(uint64_t x) \
	{ \
		uint64_t result; \
\
		__asm__(".insn i 0x13, 1, %0, %1, " #number : "=r"(result) : "r"(x)); \
		return result; \
	}

ZKNH_FUNCTION(sha256_sum0, 0x100)
ZKNH_FUNCTION(sha256_sum1, 0x101)
ZKNH_FUNCTION(sha256_sig0, 0x102)
ZKNH_FUNCTION(sha256_sig1, 0x103)
ZKNH_FUNCTION(sha512_sum0, 0x104)
ZKNH_FUNCTION(sha512_sum1, 0x105)
ZKNH_FUNCTION(sha512_sig0, 0x106)
ZKNH_FUNCTION(sha512_sig1, 0x107)

#include "lib/riscv/sha2_blocks.h"

void sha256_zknh(uint8_t *state, const uint8_t *data, size_t blocks)
{
	sha256_hash(state, data, blocks);
}

void sha512_zknh(uint8_t *state, const uint8_t *data, size_t blocks)
{
	sha512_hash(state, data, blocks);
}
