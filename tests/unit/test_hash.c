/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes against published test vectors, and against themselves when cut differently. */
/* sources: fit/hash.c lib/crc.c lib/riscv/sha2_constants.c */
/* sources: bearssl/src/hash/md5.c bearssl/src/hash/sha1.c bearssl/src/hash/sha2small.c */
/* sources: bearssl/src/hash/sha2big.c bearssl/src/codec/dec32be.c bearssl/src/codec/dec32le.c */
/* sources: bearssl/src/codec/dec64be.c bearssl/src/codec/enc32be.c bearssl/src/codec/enc32le.c */
/* sources: bearssl/src/codec/enc64be.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fit/hash.h"
#include "lib/bits.h"
#include "lib/riscv/sha2_rotate.h"

#include "lib/riscv/sha2_blocks.h"

#define ALL (BIT(HASH_COUNT) - 1)

static void assert_result(const struct hasher *hasher, enum hash_algorithm algorithm,
			  const char *expected)
{
	uint8_t result[HASH_MAX_SIZE];
	char text[2 * HASH_MAX_SIZE + 1] = "";

	hasher_result(hasher, algorithm, result);
	for (size_t i = 0; i < hash_size(algorithm); i++)
		sprintf(text + 2 * i, "%02x", result[i]);
	assert_string_equal(text, expected);
}

/* "abc" of RFC 1321 and FIPS 180-4's examples; CRC-32 as zlib has it. */
static void test_abc(void **state)
{
	struct hasher hasher;

	(void)state;
	hasher_start(&hasher, ALL);
	hasher_update(&hasher, "abc", 3);
	assert_result(&hasher, HASH_CRC32, "352441c2");
	assert_result(&hasher, HASH_MD5, "900150983cd24fb0d6963f7d28e17f72");
	assert_result(&hasher, HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_result(&hasher, HASH_SHA256,
		      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_result(&hasher, HASH_SHA384,
		      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
		      "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
	assert_result(&hasher, HASH_SHA512,
		      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

/* The million times "a" of FIPS 180-4, in pieces of uneven size. */
static void test_million(void **state)
{
	char piece[997];
	struct hasher hasher;

	(void)state;
	memset(piece, 'a', sizeof(piece));
	hasher_start(&hasher, ALL);
	for (size_t left = 1000000, part; left; left -= part) {
		part = left % sizeof(piece) ? left % sizeof(piece) : sizeof(piece);
		hasher_update(&hasher, piece, part);
	}
	assert_result(&hasher, HASH_CRC32, "dc25bfbc");
	assert_result(&hasher, HASH_MD5, "7707d6ae4e027c70eea2a935c2296f21");
	assert_result(&hasher, HASH_SHA1, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	assert_result(&hasher, HASH_SHA256,
		      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	assert_result(&hasher, HASH_SHA384,
		      "9d0e1809716474cb086e834e310a4a1ced149e9c00f24852"
		      "7972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985");
	assert_result(&hasher, HASH_SHA512,
		      "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
		      "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b");
}

/* Where the data is cut does not matter. */
static void test_cuts(void **state)
{
	uint8_t data[300];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	for (size_t size = 0; size <= sizeof(data); size += 13) {
		struct hasher whole, cut;

		hasher_start(&whole, ALL);
		hasher_update(&whole, data, size);
		for (size_t at = 0; at <= size; at++) {
			hasher_start(&cut, ALL);
			hasher_update(&cut, data, at);
			hasher_update(&cut, data + at, size - at);
			for (enum hash_algorithm a = 0; a < HASH_COUNT; a++) {
				uint8_t expected[HASH_MAX_SIZE], result[HASH_MAX_SIZE];

				hasher_result(&whole, a, expected);
				hasher_result(&cut, a, result);
				assert_memory_equal(result, expected, hash_size(a));
			}
		}
	}
}

static size_t blocks_done;

static void count_sha256(uint8_t *state, const uint8_t *data, size_t blocks)
{
	blocks_done += blocks;
	sha256_hash(state, data, blocks);
}

static void count_sha512(uint8_t *state, const uint8_t *data, size_t blocks)
{
	blocks_done += blocks;
	sha512_hash(state, data, blocks);
}

static const struct hash_blocks counted = { count_sha256, count_sha512 };

/* Functions for blocks get all whole blocks, however the data is cut, and change no result. */
static void test_accelerated(void **state)
{
	uint8_t data[700];
	struct hasher plain, fast;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i);
	for (size_t at = 0; at <= 300; at++) {
		size_t second = MIN(at + at % 128, sizeof(data));

		hash_accelerate(&(struct hash_blocks){ 0 });
		hasher_start(&plain, ALL);
		hasher_update(&plain, data, sizeof(data));
		hash_accelerate(&counted);
		hasher_start(&fast, ALL);
		hasher_update(&fast, data, at);
		hasher_update(&fast, data + at, second - at);
		hasher_update(&fast, data + second, sizeof(data) - second);
		for (enum hash_algorithm a = 0; a < HASH_COUNT; a++) {
			uint8_t expected[HASH_MAX_SIZE], result[HASH_MAX_SIZE];

			hasher_result(&plain, a, expected);
			hasher_result(&fast, a, result);
			assert_memory_equal(result, expected, hash_size(a));
		}
	}
	blocks_done = 0;
	hasher_start(&fast, BIT(HASH_SHA256) | BIT(HASH_SHA384) | BIT(HASH_SHA512));
	hasher_update(&fast, data, sizeof(data));
	assert_int_equal(blocks_done, sizeof(data) / 64 + 2 * (sizeof(data) / 128));
	test_abc(state);
	test_million(state);
	test_cuts(state);
	hash_accelerate(&(struct hash_blocks){ 0 });
}

/* Functions for blocks take data from anywhere. */
static void test_alignment(void **state)
{
	uint8_t data[512 + 8] __attribute__((aligned(8)));

	(void)state;
	for (unsigned int skip = 0; skip < 8; skip++) {
		struct hasher plain, fast;

		for (unsigned int i = 0; i < 512; i++)
			data[skip + i] = (uint8_t)(i * i + skip);
		hash_accelerate(&(struct hash_blocks){ 0 });
		hasher_start(&plain, ALL);
		hasher_update(&plain, data + skip, 512);
		hash_accelerate(&counted);
		hasher_start(&fast, ALL);
		hasher_update(&fast, data + skip, 512);
		hash_accelerate(&(struct hash_blocks){ 0 });
		for (enum hash_algorithm a = 0; a < HASH_COUNT; a++) {
			uint8_t expected[HASH_MAX_SIZE], result[HASH_MAX_SIZE];

			hasher_result(&plain, a, expected);
			hasher_result(&fast, a, result);
			assert_memory_equal(result, expected, hash_size(a));
		}
	}
}

static void test_names(void **state)
{
	(void)state;
	for (enum hash_algorithm a = 0; a < HASH_COUNT; a++)
		assert_int_equal(hash_by_name(hash_name(a)), a);
	assert_int_equal(hash_by_name(""), HASH_COUNT);
	assert_int_equal(hash_by_name("sha25"), HASH_COUNT);
	assert_int_equal(hash_by_name("sha256,rsa2048"), HASH_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abc),	  cmocka_unit_test(test_million),
		cmocka_unit_test(test_cuts),	  cmocka_unit_test(test_accelerated),
		cmocka_unit_test(test_alignment), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
