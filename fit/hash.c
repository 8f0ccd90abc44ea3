/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes by BearSSL, and CRC-32, behind one face. */
#include "fit/hash.h"

#include "lib/bits.h"
#include "lib/crc.h"
#include "lib/string.h"

#ifdef HASH_STRONG_ONLY
#define WEAK(class) NULL
#else
#define WEAK(class) (class)
#endif

static const struct {
	char name[8];
	size_t size;
	const br_hash_class *class; /* NULL: CRC-32, or not there */
} algorithms[HASH_COUNT] = {
	[HASH_CRC32] = { "crc32", 4, NULL },
	[HASH_MD5] = { "md5", br_md5_SIZE, FIT_MD5 ? WEAK(&br_md5_vtable) : NULL },
	[HASH_SHA1] = { "sha1", br_sha1_SIZE, WEAK(&br_sha1_vtable) },
	[HASH_SHA256] = { "sha256", br_sha256_SIZE, &br_sha256_vtable },
	[HASH_SHA384] = { "sha384", br_sha384_SIZE, &br_sha384_vtable },
	[HASH_SHA512] = { "sha512", br_sha512_SIZE, &br_sha512_vtable },
};

enum hash_algorithm hash_by_name(const char *name)
{
	enum hash_algorithm algorithm = 0;

	while (algorithm < HASH_COUNT && strcmp(algorithms[algorithm].name, name))
		algorithm++;
	return algorithm == HASH_MD5 && !FIT_MD5 ? HASH_COUNT : algorithm;
}

const char *hash_name(enum hash_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

size_t hash_size(enum hash_algorithm algorithm)
{
	return algorithms[algorithm].size;
}

static struct hash_blocks fastest;

void hash_accelerate(const struct hash_blocks *blocks)
{
	fastest = *blocks;
}

__attribute__((noinline)) void hasher_start(struct hasher *hasher, unsigned int wanted)
{
	hasher->wanted = wanted;
	hasher->crc32 = 0;
	if (HASH_BLOCKS)
		hasher->blocks = fastest;
	for (enum hash_algorithm a = 0; a < HASH_COUNT; a++) {
		if (wanted & BIT(a) && algorithms[a].class)
			algorithms[a].class->init(&hasher->contexts[a].vtable);
	}
}

static hash_blocks_fn blocks_fn(const struct hasher *hasher, enum hash_algorithm algorithm)
{
	if (!HASH_BLOCKS || !hash_is_strong(algorithm))
		return NULL;
	return algorithm == HASH_SHA256 ? hasher->blocks.sha256 : hasher->blocks.sha512;
}

/* The whole blocks in the middle of @data, after what completes a block that was begun. */
static void update_blocks(const br_hash_class **context, hash_blocks_fn hash, const uint8_t **data,
			  size_t *length)
{
	const br_hash_class *class = *context;
	size_t size = BIT(class->desc >> BR_HASHDESC_LBLEN_OFF & BR_HASHDESC_LBLEN_MASK);
	uint8_t state[HASH_MAX_SIZE] __attribute__((aligned(8)));
	size_t head = MIN(-class->state(context, state) % size, *length);
	size_t blocks = (*length - head) / size;
	uint64_t count;

	if (!blocks)
		return;
	class->update(context, *data, head);
	count = class->state(context, state);
	hash(state, *data + head, blocks);
	class->set_state(context, state, count + blocks * size);
	*data += head + blocks * size;
	*length -= head + blocks * size;
}

static void update(const br_hash_class **context, hash_blocks_fn hash, const uint8_t *data,
		   size_t length)
{
	if (hash)
		update_blocks(context, hash, &data, &length);
	(*context)->update(context, data, length);
}

__attribute__((noinline)) void hasher_update(struct hasher *hasher, const void *data, size_t length)
{
	for (enum hash_algorithm a = 0; a < HASH_COUNT; a++) {
		if (!(hasher->wanted & BIT(a)))
			continue;
		if (algorithms[a].class)
			update(&hasher->contexts[a].vtable, blocks_fn(hasher, a), data, length);
		else
			hasher->crc32 = crc32_ieee(hasher->crc32, data, length);
	}
}

__attribute__((noinline)) void hasher_result(const struct hasher *hasher,
					     enum hash_algorithm algorithm,
					     uint8_t result[HASH_MAX_SIZE])
{
	if (algorithms[algorithm].class) {
		algorithms[algorithm].class->out(&hasher->contexts[algorithm].vtable, result);
	} else {
		for (int i = 0; i < 4; i++)
			result[i] = (uint8_t)(hasher->crc32 >> (24 - 8 * i));
	}
}
