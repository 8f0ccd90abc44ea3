/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hashes that mkimage writes, any number of them over one pass of the data. A build that demands
 * signatures (HASH_STRONG_ONLY) knows the weak ones by name and size only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bearssl_hash.h>

#define HASH_MAX_SIZE 64

/* 0: a build that does not know MD5. */
#ifndef FIT_MD5
#define FIT_MD5 1
#endif

/* 0: a build that takes no functions for whole blocks. */
#ifndef HASH_BLOCKS
#define HASH_BLOCKS 1
#endif

enum hash_algorithm {
	HASH_CRC32,
	HASH_MD5,
	HASH_SHA1,
	HASH_SHA256,
	HASH_SHA384,
	HASH_SHA512,
	HASH_COUNT,
};

/* The algorithm that a FIT calls @name; HASH_COUNT when there is none. */
enum hash_algorithm hash_by_name(const char *name);
const char *hash_name(enum hash_algorithm algorithm);
size_t hash_size(enum hash_algorithm algorithm);

/* Nobody can make other data with the same hash: sha256, sha384, sha512. */
static inline bool hash_is_strong(enum hash_algorithm algorithm)
{
	return algorithm >= HASH_SHA256;
}

/*
 * Something faster than BearSSL for @blocks whole blocks. @state: eight words as big-endian bytes,
 * aligned to 8.
 */
typedef void (*hash_blocks_fn)(uint8_t *state, const uint8_t *data, size_t blocks);

/* sha384 and sha512 have the same blocks. NULL: BearSSL. */
struct hash_blocks {
	hash_blocks_fn sha256;
	hash_blocks_fn sha512;
};

/* Hashers that are started from now on use these. */
void hash_accelerate(const struct hash_blocks *blocks);

struct hasher {
	unsigned int wanted; /* bit n: algorithm n */
	uint32_t crc32;
	struct hash_blocks blocks; /* may be changed while it hashes */
	br_hash_compat_context contexts[HASH_COUNT];
};

void hasher_start(struct hasher *hasher, unsigned int wanted);
void hasher_update(struct hasher *hasher, const void *data, size_t length);

/* The hash by a wanted algorithm of all that was passed so far: hash_size() bytes. */
void hasher_result(const struct hasher *hasher, enum hash_algorithm algorithm,
		   uint8_t result[HASH_MAX_SIZE]);
