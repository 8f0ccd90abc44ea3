/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures of configurations as mkimage makes them. A signature covers the properties of the
 * root, of the configuration, of the images that it names, and of their hash nodes; not where the
 * data of an image is: that is what its hash is for. Which nodes those are is found out from the
 * configuration that is about to be used; what a FIT says of it (`hashed-nodes`) is not looked at.
 */
#pragma once

#include "fit/fit.h"
#include "fit/hash.h"

#define FIT_MAX_KEYS 8
#define FIT_MAX_SIGNATURES 8 /* that are tried of one configuration */

#define FIT_RSA_MAX_SIZE 512 /* of a modulus or signature, in bytes */
#define FIT_EC_MAX_SIZE 48   /* of a coordinate, in bytes */

/* A public key. Numbers are big-endian. */
struct fit_key {
	char name[32];
	uint16_t bits;		/* 2048, 3072, 4096: RSA; 256, 384: ECDSA on P-256, P-384 */
	uint8_t exponent[8];	/* RSA */
	const uint8_t *modulus; /* RSA: bits / 8 bytes */
	uint8_t point[1 + 2 * FIT_EC_MAX_SIZE]; /* ECDSA: 4, x, y */
};

/* What a board demands of a configuration: a signature by each of these keys, or by any of them. */
struct fit_keys {
	const struct fit_key *keys;
	unsigned int count;
	bool any;
	enum err err; /* why there are none */
};

enum fit_padding {
	FIT_PADDING_PKCS1_15,
	FIT_PADDING_PSS,
};

/*
 * Checks a configuration's signatures, for struct fit_policy. ERR_OK: it is as @keys demand it,
 * and *@signer is the name of the first of them. Else ERR_FIT_NO_KEYS, ERR_FIT_NOT_SIGNED,
 * ERR_FIT_IMAGE_SIGNED, ERR_FIT_SIGNATURE_NODE, ERR_FIT_SIGNATURE_ALGORITHM, ERR_FIT_SIGNATURE.
 */
enum err signature_check(struct fit *fit, int configuration, const struct fit_keys *keys,
			 const char **signer);

/*
 * The hash of what a signature node of a configuration covers, when the first @strings_size bytes
 * of the strings block do belong to it.
 */
void signature_digest(const struct fit *fit, int configuration, uint32_t strings_size,
		      enum hash_algorithm algorithm, uint8_t digest[HASH_MAX_SIZE]);

/*
 * The keys that `mkimage -K -r` put into /signature of @dtb, whose structure has been checked:
 * those that are required for configurations. *@keys points into @dtb and into memory that belongs
 * to this function. ERR_FIT_NO_KEYS: there are none, ERR_FIT_KEYS: one cannot be used.
 */
enum err keys_from_dtb(const void *dtb, struct fit_keys *keys);

/* RFC 8017, 8.1.2 and 8.2.2; any length of salt. @signature has key->bits / 8 bytes. */
bool rsa_verify(const struct fit_key *key, enum fit_padding padding, enum hash_algorithm algorithm,
		const uint8_t *digest, const uint8_t *signature);

/* FIPS 186-5, 6.4.2. @signature is r and s, key->bits / 8 bytes each. */
bool ecdsa_verify(const struct fit_key *key, enum hash_algorithm algorithm, const uint8_t *digest,
		  const uint8_t *signature);
