# SPDX-License-Identifier: BSD-2-Clause
# Compilers, flags, and the rules that turn sources into objects for a target or for the host.
#
# A room lists its sources (paths from the root); $(call objects,<dir>,<sources>) gives their
# objects below <dir>, and the rules here make them. <dir> sets its flags with target variables:
#     $(O)/sbi/obj/%.o: CFLAGS_ROOM := -O2

# Reproducible: no time, no path of this machine.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
export LC_ALL := C
VERSION := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)

CROSS_COMPILE ?= riscv64-linux-gnu-
ifeq ($(LLVM),1)
TARGET_CC := clang --target=riscv64-linux-gnu
TARGET_LD := ld.lld
TARGET_AR := llvm-ar
TARGET_OBJCOPY := llvm-objcopy
TARGET_READELF := llvm-readelf
TARGET_SIZE := llvm-size
COMPILER_CFLAGS := -march=rv64imac -mno-relax -Wno-unused-command-line-argument
ZBB_CFLAGS := -march=rv64imac_zbb
else
TARGET_CC := $(CROSS_COMPILE)gcc
TARGET_LD := $(CROSS_COMPILE)ld
TARGET_AR := $(CROSS_COMPILE)ar
TARGET_OBJCOPY := $(CROSS_COMPILE)objcopy
TARGET_OBJDUMP := $(CROSS_COMPILE)objdump
TARGET_READELF := $(CROSS_COMPILE)readelf
TARGET_SIZE := $(CROSS_COMPILE)size
COMPILER_CFLAGS := -march=rv64imac_zicsr_zifencei -fno-tree-loop-distribute-patterns
ZBB_CFLAGS := -march=rv64imac_zicsr_zifencei_zbb
endif
HOSTCC ?= gcc

WARNINGS := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wundef \
	-Wvla -Wpointer-arith -Wwrite-strings

TARGET_ARCH := -mabi=lp64 -mcmodel=medany
TARGET_CFLAGS := $(TARGET_ARCH) $(COMPILER_CFLAGS) -std=gnu11 -g -ffreestanding -nostdinc \
	-isystem $(shell $(TARGET_CC) -print-file-name=include) \
	-fpie -fvisibility=hidden -ffunction-sections -fdata-sections -fno-common \
	-fno-stack-protector -fno-strict-aliasing -fno-asynchronous-unwind-tables \
	-ffile-prefix-map=$(CURDIR)/= -I. -MD -MP
TARGET_LDFLAGS := -z noexecstack -z max-page-size=4096 --build-id=none --gc-sections --fatal-warnings \
	-z separate-code
TARGET_PIE_LDFLAGS := -pie --no-dynamic-linker -z norelro --hash-style=gnu
# Links what was compiled with -flto.
TARGET_LTO_LD = $(TARGET_CC) $(TARGET_ARCH) $(COMPILER_CFLAGS) -flto -fno-pie -nostdlib -static -Werror \
	$(if $(filter 1,$(LLVM)),-fuse-ld=lld,-flto-partition=one -Wno-lto-type-mismatch)
HOST_CFLAGS := -std=gnu11 -g -I. -MD -MP

objects = $(patsubst %,$(1)/%.o,$(basename $(2)))

# $(call record_flags,<file>,<command>): the file changes only when the command does; what the command
# makes depends on it.
define record_flags
@printf '%s\n' '$(subst ','\'',$(2))' | cmp -s - $(1) || { mkdir -p $(dir $(1)) && \
	printf '%s\n' '$(subst ','\'',$(2))' > $(1); }
endef

# $(call target_rules,<dir>,<flags>): objects of one image, compiled for the target. Sources of
# third parties ($(FETCHED)/...) are compiled with their own flags, see third_party_rules. What an object
# depends on is made with the variables of that object: <x>.flags has the flags of <x>.o.
define target_rules
.PRECIOUS: $(1)/%.flags
$(1)/%.flags: FORCE
	$$(call record_flags,$$@,$$(TARGET_CC) $$(TARGET_CFLAGS) $$(WARNINGS) $(2))
$(1)/%.o: %.c $(1)/%.flags
	@mkdir -p $$(@D)
	$$(call say,CC,$$<)
	$$(Q)$(TARGET_CC) $(TARGET_CFLAGS) $(WARNINGS) $(2) -c -o $$@ $$<
$(1)/%.o: %.S $(1)/%.flags
	@mkdir -p $$(@D)
	$$(call say,AS,$$<)
	$$(Q)$(TARGET_CC) $(TARGET_CFLAGS) $(WARNINGS) $(2) -D__ASSEMBLY__ -c -o $$@ $$<
-include $$(shell find $(1) -name '*.d' 2>/dev/null)
endef

# $(call third_party_rules,<dir>,<flags>): the same for fetched libraries, $(FETCHED)/src/<x>.c
# becoming <dir>/third_party/<x>.o. Their warnings are theirs.
define third_party_rules
.PRECIOUS: $(1)/third_party/%.flags
$(1)/third_party/%.flags: FORCE
	$$(call record_flags,$$@,$$(TARGET_CC) $$(TARGET_CFLAGS) $$(THIRD_PARTY_INCLUDES) $(2))
$(1)/third_party/%.o: $(FETCHED)/src/%.c $(1)/third_party/%.flags
	@mkdir -p $$(@D)
	$$(call say,CC,$$*.c)
	$$(Q)$(TARGET_CC) $(TARGET_CFLAGS) -w -Ilib/compat $(THIRD_PARTY_INCLUDES) $(2) -c -o $$@ $$<
endef
# Decompressors without libc and heap, small; zstd's own names for that are in its lib/README.md.
DECOMPRESS_CFLAGS := -DZ_SOLO -DBUILDFIXED -DNO_GZIP -DHAVE_MEMCPY -DLZ4_FREESTANDING=1 \
	-DLZ4_memcpy=__builtin_memcpy -DLZ4_memset=__builtin_memset \
	-DLZ4_memmove=__builtin_memmove -DLZ4_FAST_DEC_LOOP=0 -DLZ4LIB_VISIBILITY= \
	-DZSTDLIB_VISIBLE= -DZSTD_DEPS_MALLOC '-DZSTD_malloc(s)=((void*)0)' \
	'-DZSTD_calloc(n,s)=((void*)0)' '-DZSTD_free(p)=((void)(p))' -DZSTD_LEGACY_SUPPORT=0 \
	-DZSTD_STRIP_ERROR_STRINGS=1 -DHUF_FORCE_DECOMPRESS_X1 \
	-DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT -DZSTD_NO_INLINE=1 -DDYNAMIC_BMI2=0 \
	-DZSTD_DISABLE_ASM -DHUF_DISABLE_FAST_DECODE=1 -DZSTD_TRACE=0 -DXXH_NAMESPACE=ZSTD_ -DZ7_LZMA_SIZE_OPT -DZ7_ST
THIRD_PARTY_INCLUDES := -I$(FETCHED)/src/dtc/libfdt -I$(FETCHED)/src/bearssl/inc \
	-I$(FETCHED)/src/bearssl/src -I$(FETCHED)/src/zlib -I$(FETCHED)/src/lz4/lib \
	-I$(FETCHED)/src/zstd/lib -I$(FETCHED)/src/7zip/C \
	-I$(FETCHED)/src/lwip/src/include -Inet/lwip $(DECOMPRESS_CFLAGS)
LIBFDT_SOURCES := $(addprefix dtc/libfdt/,fdt.c fdt_ro.c fdt_rw.c fdt_wip.c fdt_addresses.c)
third_party_objects = $(patsubst %.c,$(1)/third_party/%.o,$(2))
