# SPDX-License-Identifier: BSD-2-Clause
# Reading and verifying FIT images. HASH_SOURCES are BearSSL's, FIT_LIBFDT_SOURCES are what is used
# of libfdt: for third_party_rules.
FIT_SOURCES := $(addprefix fit/,config.c dtb.c fit.c hash.c image.c linux_image.c memmap.c \
	source.c tree.c)
HASH_SOURCES := $(addprefix bearssl/src/,hash/md5.c hash/sha1.c hash/sha2small.c hash/sha2big.c \
	codec/dec32be.c codec/dec32le.c codec/dec64be.c codec/enc32be.c codec/enc32le.c \
	codec/enc64be.c)
FIT_LIBFDT_SOURCES := $(addprefix dtc/libfdt/,fdt.c fdt_ro.c)
# For boards that demand signatures.
SIGNATURE_SOURCES := fit/signature.c fit/rsa.c fit/ecdsa.c fit/keys.c
PUBLIC_KEY_SOURCES := $(addprefix bearssl/src/,codec/ccopy.c ec/ec_prime_i31.c ec/ec_secp256r1.c \
	ec/ec_secp384r1.c ec/ec_secp521r1.c ec/ecdsa_i31_bits.c ec/ecdsa_i31_vrfy_raw.c \
	rsa/rsa_i31_pub.c $(addprefix int/i31_,add.c bitlen.c decmod.c decode.c decred.c encode.c \
	fmont.c iszero.c modpow.c modpow2.c montmul.c muladd.c ninv31.c reduce.c rshift.c sub.c \
	tmont.c) int/i32_div32.c)
