/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-2 with the instructions of Zbb and of Zknh (RISC-V cryptography extensions, volume I, "Scalar
 * SHA2"), for harts that have them: of whole blocks only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_BLOCK 64
#define SHA512_BLOCK 128

/* Hashes @blocks blocks. @state: the eight words as big-endian bytes, 8-byte aligned. */
void sha256_zbb(uint8_t *state, const uint8_t *data, size_t blocks);
void sha512_zbb(uint8_t *state, const uint8_t *data, size_t blocks);

/* These need Zbb, too. */
void sha256_zknh(uint8_t *state, const uint8_t *data, size_t blocks);
void sha512_zknh(uint8_t *state, const uint8_t *data, size_t blocks);

/* The constants of SHA-512; those of SHA-256 are their upper halves (FIPS 180-4, 4.2). */
extern const uint64_t sha2_constants[80];
