# SPDX-License-Identifier: BSD-2-Clause
# Reading and verifying FIT images. HASH_SOURCES are BearSSL's, FIT_LIBFDT_SOURCES are what is used
# of libfdt: for third_party_rules.
FIT_SOURCES := $(addprefix fit/,config.c decompress.c dtb.c fit.c hash.c image.c \
	linux_image.c memmap.c overlay.c report.c source.c tree.c)
HASH_SOURCES := $(addprefix bearssl/src/,hash/md5.c hash/sha1.c hash/sha2small.c hash/sha2big.c \
	codec/dec32be.c codec/dec32le.c codec/dec64be.c codec/enc32be.c codec/enc32le.c \
	codec/enc64be.c)
FIT_LIBFDT_SOURCES := $(addprefix dtc/libfdt/,fdt.c fdt_ro.c fdt_rw.c fdt_wip.c fdt_overlay.c)
# What a board can unpack: BOARD_COMPRESSION is some of these, as mkimage calls them.
COMPRESSIONS := gzip lz4 zstd lzma
DECOMPRESS_gzip := $(addprefix zlib/,infback.c inffast.c inftrees.c)
DECOMPRESS_lz4 := lz4/lib/lz4.c
DECOMPRESS_zstd := $(addprefix zstd/lib/,common/entropy_common.c common/error_private.c \
	common/fse_decompress.c common/xxhash.c common/zstd_common.c decompress/huf_decompress.c \
	decompress/zstd_ddict.c decompress/zstd_decompress.c decompress/zstd_decompress_block.c)
DECOMPRESS_lzma := 7zip/C/LzmaDec.c
UNPACK_SOURCES := $(COMPRESSIONS:%=fit/%.c) $(foreach c,$(COMPRESSIONS),$(DECOMPRESS_$c))
decompressors = '-DFIT_DECOMPRESSORS=$(patsubst %,X(%),$(1))'

# For boards that demand signatures.
SIGNATURE_SOURCES := fit/signature.c fit/rsa.c fit/ecdsa.c fit/keys.c
PUBLIC_KEY_SOURCES := $(addprefix bearssl/src/,codec/ccopy.c ec/ec_p256_m31.c ec/ec_prime_i31.c \
	ec/ec_secp256r1.c ec/ec_secp384r1.c ec/ec_secp521r1.c ec/ecdsa_i31_bits.c ec/ecdsa_i31_vrfy_raw.c \
	rsa/rsa_i31_pub.c $(addprefix int/i31_,add.c bitlen.c decmod.c decode.c decred.c encode.c \
	fmont.c iszero.c modpow.c modpow2.c montmul.c muladd.c ninv31.c reduce.c rshift.c sub.c \
	tmont.c) int/i32_div32.c)

# What a board would say of a FIT, by the same code on this machine.
VERIFY_FIT := $(O)/verify-fit
VERIFY_FIT_SOURCES := scripts/verify-fit.c lib/err.c lib/crc.c lib/dt.c lib/meanwhile.c lib/strtoul.c \
	$(FIT_SOURCES) $(SIGNATURE_SOURCES) $(filter fit/%,$(UNPACK_SOURCES))
VERIFY_FIT_THIRD_PARTY := $(filter-out fit/%,$(UNPACK_SOURCES)) $(HASH_SOURCES) $(PUBLIC_KEY_SOURCES) $(FIT_LIBFDT_SOURCES) \
	dtc/libfdt/fdt_check.c dtc/libfdt/fdt_strerror.c
VERIFY_FIT_OBJECTS := $(call objects,$(VERIFY_FIT)/obj,$(VERIFY_FIT_SOURCES)) \
	$(call third_party_objects,$(VERIFY_FIT),$(VERIFY_FIT_THIRD_PARTY)) \
	$(if $(KEYS),$(VERIFY_FIT)/keys.o)
# As the board has it.
VERIFY_FIT_CFLAGS = $(HOST_CFLAGS) -O2 $(if $(KEYS),-DBUILT_IN_KEYS) \
	$(call decompressors,$(BOARD_COMPRESSION)) -DFIT_CAN_UNPACK=$(if $(strip $(BOARD_COMPRESSION)),1,0) \
	$(call extra,md5,FIT_MD5) $(call extra,overlays,FIT_OVERLAYS) \
	$(if $(filter signed,$(VERIFY)),-DHASH_STRONG_ONLY)
VERIFY_FIT_CONTROL := $(or $(CONTROL_DTB),$(O)/$(BOARD)/spl/control.dtb)

$(VERIFY_FIT)/flags: FORCE
	$(call record_flags,$@,$(HOSTCC) $(VERIFY_FIT_CFLAGS) $(THIRD_PARTY_INCLUDES) $(KEYS_MODE) $(KEYS))
$(VERIFY_FIT)/obj/%.o: %.c $(VERIFY_FIT)/flags
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(VERIFY_FIT_CFLAGS) $(WARNINGS) $(THIRD_PARTY_INCLUDES:-I%=-isystem %) -c -o $@ $<
$(VERIFY_FIT)/third_party/%.o: $(FETCHED)/src/%.c $(VERIFY_FIT)/flags
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -O2 -w $(THIRD_PARTY_INCLUDES) -c -o $@ $<
$(VERIFY_FIT)/keys.o: scripts/pubkeys $(VERIFY_FIT)/flags $(if $(KEYS),$(wildcard $(KEYS)/*))
	$(Q)scripts/pubkeys --mode $(KEYS_MODE) '$(KEYS)' $(@:.o=.c)
	$(Q)$(HOSTCC) $(VERIFY_FIT_CFLAGS) $(THIRD_PARTY_INCLUDES) -c -o $@ $(@:.o=.c)
$(VERIFY_FIT)/verify-fit: $(VERIFY_FIT_OBJECTS)
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) -o $@ $^
-include $(shell find $(VERIFY_FIT) -name '*.d' 2>/dev/null)

#: make verify-fit FIT=x.itb  what BOARD would say of a FIT (VERIFY= KEYS= CONTROL_DTB= COMPATIBLE=)
.PHONY: verify-fit
verify-fit: $(VERIFY_FIT)/verify-fit $(VERIFY_FIT_CONTROL)
	$(if $(FIT),,$(error which FIT? make verify-fit FIT=x.itb))
	$(Q)$< $(VERIFY) $(BOARD_DRAM_BASE) $(or $(COMPATIBLE),-) '$(VERIFY_FIT_CONTROL)' '$(FIT)'
