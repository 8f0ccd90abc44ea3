# SPDX-License-Identifier: BSD-2-Clause
# Reading and verifying FIT images. HASH_SOURCES are BearSSL's, FIT_LIBFDT_SOURCES are what is used
# of libfdt: for third_party_rules.
FIT_SOURCES := $(addprefix fit/,config.c dtb.c fit.c hash.c image.c linux_image.c memmap.c \
	source.c tree.c)
HASH_SOURCES := $(addprefix bearssl/src/,hash/md5.c hash/sha1.c hash/sha2small.c hash/sha2big.c \
	codec/dec32be.c codec/dec32le.c codec/dec64be.c codec/enc32be.c codec/enc32le.c \
	codec/enc64be.c)
FIT_LIBFDT_SOURCES := $(addprefix dtc/libfdt/,fdt.c fdt_ro.c)
