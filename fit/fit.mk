# SPDX-License-Identifier: BSD-2-Clause
# Reading and verifying FIT images. FIT_SOURCES are ours; HASH_SOURCES are BearSSL's, to be built by
# third_party_rules; FIT_LIBFDT_SOURCES is what is used of libfdt.
FIT_SOURCES := fit/config.c fit/fit.c fit/hash.c fit/image.c fit/linux_image.c fit/memmap.c \
	fit/source.c fit/tree.c
HASH_SOURCES := $(addprefix bearssl/src/,hash/md5.c hash/sha1.c hash/sha2small.c hash/sha2big.c \
	codec/dec32be.c codec/dec32le.c codec/dec64be.c codec/enc32be.c codec/enc32le.c \
	codec/enc64be.c)
FIT_LIBFDT_SOURCES := $(addprefix dtc/libfdt/,fdt.c fdt_ro.c)
