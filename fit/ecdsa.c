/* SPDX-License-Identifier: BSD-2-Clause */
/* ECDSA signatures, by BearSSL. */
#include <bearssl_ec.h>

#include "fit/signature.h"
#include "lib/bits.h"

/* BearSSL's own code for P-256 is larger and takes half the time. */
#ifndef ECDSA_P256
#define ECDSA_P256 1
#endif

static bool is_zero(const uint8_t *number, size_t size)
{
	uint8_t bits = 0;

	for (size_t i = 0; i < size; i++)
		bits |= number[i];
	return !bits;
}

bool ecdsa_verify(const struct fit_key *key, enum hash_algorithm algorithm, const uint8_t *digest,
		  const uint8_t *signature)
{
	size_t size = key->bits / 8;
	const br_ec_impl *curves = ECDSA_P256 && key->bits == 256 ? &br_ec_p256_m31
								  : &br_ec_prime_i31;
	const br_ec_public_key public = {
		.curve = key->bits == 256 ? BR_EC_secp256r1 : BR_EC_secp384r1,
		.q = (unsigned char *)(uintptr_t)key->point,
		.qlen = 1 + 2 * size,
	};

	/* BearSSL checks that r and s are below the order, and that s is not 0. */
	return !is_zero(signature, size) &&
	       br_ecdsa_i31_vrfy_raw(curves, digest, hash_size(algorithm), &public, signature,
				     2 * size);
}
