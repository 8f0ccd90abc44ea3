/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which instructions a hart has for hashing. They are tried, not looked up in a device tree: it
 * is about this one hart, before anything is trusted, and a hart without them may also take their
 * encodings for others, which is why the results are looked at.
 */
#include "spl/hash_isa.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/riscv/guard.h"
#include "lib/riscv/sha2.h"

/* True when the instruction of opcode OP-IMM makes @want of @x. */
#define computes(funct3, immediate, x, want) \
	({ \
		uint64_t hash_isa_value = (x); \
		bool hash_isa_ok = !guard_run(".insn i 0x13, " #funct3 \
					      ", %[value], %[value], " #immediate, \
					      hash_isa_value) && \
				   hash_isa_value == (want); \
		hash_isa_ok; \
	})

/* cpop, which Zbkb has not, and rev8. */
static bool has_zbb(void)
{
	return computes(1, 0x602, 0xf0f0000000000101, 10) &&
	       computes(5, 0x6b8, 0x0102030405060708, 0x0807060504030201);
}

/* sha256sig0, sha512sum1 */
static bool has_zknh(void)
{
	return computes(1, 0x102, 1, 0x02004000) && computes(1, 0x105, 1, 0x0004400000800000);
}

struct hash_blocks hash_isa_blocks(void)
{
	if (!has_zbb())
		return (struct hash_blocks){ 0 };
	if (!has_zknh())
		return (struct hash_blocks){ sha256_zbb, sha512_zbb };
	return (struct hash_blocks){ sha256_zknh, sha512_zknh };
}
