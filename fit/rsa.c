/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA signatures: BearSSL exponentiates, the encodings of RFC 8017 are here. */
#include <bearssl_rsa.h>

#include "fit/signature.h"
#include "lib/bits.h"
#include "lib/string.h"

#define PSS_TRAILER 0xbc

/* The DER of a DigestInfo up to the hash: 2.16.840.1.101.3.4.2.n says which one. */
#define DIGEST_INFO_SIZE 19
#define DIGEST_INFO_LENGTH 1
#define DIGEST_INFO_ALGORITHM 14
#define DIGEST_INFO_HASH_LENGTH 18

static const uint8_t digest_info[DIGEST_INFO_SIZE] = {
	0x30, 0x11, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x00, 0x05, 0x00, 0x04, 0x00,
};

/* EMSA-PKCS1-v1_5: there is one right encoding, so it is made and compared. */
static bool is_pkcs1_15(const uint8_t *encoded, size_t size, enum hash_algorithm algorithm,
			const uint8_t *digest)
{
	size_t hash = hash_size(algorithm);
	size_t padding = size - hash - DIGEST_INFO_SIZE - 3;
	uint8_t expected[FIT_RSA_MAX_SIZE], *info = expected + 3 + padding;

	expected[0] = 0;
	expected[1] = 1;
	memset(expected + 2, 0xff, padding);
	expected[2 + padding] = 0;
	memcpy(info, digest_info, DIGEST_INFO_SIZE);
	info[DIGEST_INFO_LENGTH] = (uint8_t)(DIGEST_INFO_SIZE - 2 + hash);
	info[DIGEST_INFO_ALGORITHM] = (uint8_t)(algorithm - HASH_SHA256 + 1);
	info[DIGEST_INFO_HASH_LENGTH] = (uint8_t)hash;
	memcpy(info + DIGEST_INFO_SIZE, digest, hash);
	return !memcmp(encoded, expected, size);
}

/* Appendix B.2.1: MGF1 of @seed, laid over @data. */
static void unmask(uint8_t *data, size_t size, enum hash_algorithm algorithm, const uint8_t *seed)
{
	size_t hash = hash_size(algorithm);
	uint8_t mask[HASH_MAX_SIZE];
	struct hasher hasher;

	for (size_t done = 0; done < size; done++) {
		uint32_t block = (uint32_t)(done / hash);
		const uint8_t counter[4] = { 0, 0, (uint8_t)(block >> 8), (uint8_t)block };

		if (done % hash == 0) {
			hasher_start(&hasher, BIT(algorithm));
			hasher_update(&hasher, seed, hash);
			hasher_update(&hasher, counter, sizeof(counter));
			hasher_result(&hasher, algorithm, mask);
		}
		data[done] ^= mask[done % hash];
	}
}

static size_t leading_zeros(const uint8_t *bytes, size_t max)
{
	size_t count = 0;

	while (count < max && !bytes[count])
		count++;
	return count;
}

/*
 * EMSA-PSS-VERIFY (9.1.2) for a modulus of whole bytes: emBits is 8 * size - 1. Not inlined, like
 * rsa_verify(): the callers would have its large frame while the numbers are raised to powers.
 */
static __attribute__((noinline)) bool is_pss(uint8_t *encoded, size_t size,
					     enum hash_algorithm algorithm, const uint8_t *digest)
{
	static const uint8_t zeros[8];
	size_t hash = hash_size(algorithm), salt;
	size_t masked = size - hash - 1;
	const uint8_t *h = encoded + masked;
	uint8_t expected[HASH_MAX_SIZE];
	struct hasher hasher;

	if (encoded[size - 1] != PSS_TRAILER || encoded[0] & 0x80)
		return false;
	unmask(encoded, masked, algorithm, h);
	encoded[0] &= 0x7f;
	salt = leading_zeros(encoded, masked);
	if (salt == masked || encoded[salt] != 1)
		return false;
	salt++;

	hasher_start(&hasher, BIT(algorithm));
	hasher_update(&hasher, zeros, sizeof(zeros));
	hasher_update(&hasher, digest, hash);
	hasher_update(&hasher, encoded + salt, masked - salt);
	hasher_result(&hasher, algorithm, expected);
	return !memcmp(h, expected, hash);
}

__attribute__((noinline)) bool rsa_verify(const struct fit_key *key, enum fit_padding padding,
					  enum hash_algorithm algorithm, const uint8_t *digest,
					  const uint8_t *signature)
{
	/* BearSSL spends the same time on leading zeros as on the rest. */
	size_t zeros = leading_zeros(key->exponent, sizeof(key->exponent) - 1);
	const br_rsa_public_key public = {
		.n = (unsigned char *)(uintptr_t)key->modulus,
		.nlen = key->bits / 8,
		.e = (unsigned char *)(uintptr_t)key->exponent + zeros,
		.elen = sizeof(key->exponent) - zeros,
	};
	uint8_t encoded[FIT_RSA_MAX_SIZE];
	size_t size = key->bits / 8;

	memcpy(encoded, signature, size);
	if (!br_rsa_i31_public(encoded, size, &public))
		return false;
	return padding == FIT_PADDING_PSS ? is_pss(encoded, size, algorithm, digest)
					  : is_pkcs1_15(encoded, size, algorithm, digest);
}
