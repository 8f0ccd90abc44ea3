/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-2 in C: compiled for harts with Zbb, which rotate and swap bytes in one instruction. */
#include "lib/riscv/sha2_rotate.h"

#include "lib/riscv/sha2_blocks.h"

void sha256_zbb(uint8_t *state, const uint8_t *data, size_t blocks)
{
	sha256_hash(state, data, blocks);
}

void sha512_zbb(uint8_t *state, const uint8_t *data, size_t blocks)
{
	sha512_hash(state, data, blocks);
}
