# SPDX-License-Identifier: BSD-2-Clause
# The first-stage loader of BOARD: code, and behind it the control DTB.
#
# board.mk says BOARD_CONTROL_DTS and BOARD_BOOT_SOURCES (ram, sd_spi, sdhci, sdhci_cdns, nvme, virtio,
# nor, flash, tftp, serial), and may say BOARD_FILESYSTEMS (fat, the default, or none), BOARD_NICS (for
# tftp: virtio, gem, e1000e), BOARD_WATCHDOGS (i6300esb), BOARD_COMPRESSION (what it can unpack: gzip,
# lz4, zstd, lzma), BOARD_EXTRAS, BOARD_VERIFY, BOARD_SOURCES (code of its own), BOARD_SPL_MAX (the largest
# spl.bin), BOARD_MAX_HARTS, and BOARD_BOOT_HART (the hart that is to lead, else the first one that can
# run S-mode).

# LLVM's linker does not shorten calls.
BOARD_SPL_MAX ?= $(if $(filter 1,$(LLVM)),0x14000,0x10000)
BOARD_MAX_HARTS ?= 512
BOARD_FILESYSTEMS ?= fat
# What an SPL that is short of space can do without (docs/porting.md).
BOARD_EXTRAS ?= modules overlays pci-list record slots
VERIFY ?= $(or $(BOARD_VERIFY),hash)
KEYS_MODE ?= all
# Three quarters of BOOT_STACK_SIZE (spl/layout.h): what is below is for what is not known.
SPL_STACK_MAX := 12288
# Of a hart that hashes (spl/crew.c).
CREW_STACK_MAX := 1536
SPL_STACK_USAGE := $(if $(filter 1,$(LLVM)),,scripts/stack-usage --objdump $(TARGET_OBJDUMP))
ifeq ($(filter off hash signed,$(VERIFY)),)
$(error VERIFY=$(VERIFY): off, hash or signed)
endif

SPL_VERIFY := $(shell echo $(VERIFY) | tr a-z A-Z)

SPL_DIR := $(B)/spl
SPL_OBJ := $(SPL_DIR)/obj

SPL_BOOT_nor := spl/boot_nor.c spl/spi_devices.c $(SPI_SOURCES) $(NOR_SOURCES)
SPL_BOOT_sd_spi := spl/boot_sd_spi.c spl/spi_devices.c $(SPI_SOURCES) $(MMC_SPI_SOURCES)
SPL_BOOT_sdhci := spl/boot_sdhci.c spl/pci_hosts.c $(PCI_SOURCES) $(SDHCI_SOURCES)
SPL_VIRTIO := spl/virtio_devices.c spl/pci_hosts.c $(PCI_SOURCES) $(VIRTIO_SOURCES)
SPL_BOOT_virtio := spl/boot_virtio.c $(SPL_VIRTIO) $(VIRTIO_BLK_SOURCES)
SPL_BOOT_sdhci_cdns := spl/boot_sdhci_cdns.c $(SDHCI_SOURCES)
SPL_BOOT_nvme := spl/boot_nvme.c spl/pci_hosts.c $(PCI_SOURCES) $(NVME_SOURCES)
SPL_NIC_gem := spl/nic_gem.c $(GEM_SOURCES)
SPL_NIC_e1000e := spl/nic_e1000e.c spl/pci_hosts.c $(PCI_SOURCES) $(E1000E_SOURCES)
SPL_NIC_virtio := spl/nic_virtio.c $(SPL_VIRTIO) $(VIRTIO_NET_SOURCES)
SPL_BOOT_tftp := spl/boot_tftp.c spl/entropy.c $(NET_SOURCES) $(NIC_SOURCES) \
	$(foreach nic,$(BOARD_NICS),$(SPL_NIC_$(nic)))
SPL_WATCHDOG_i6300esb := spl/watchdog_i6300esb.c spl/pci_hosts.c $(PCI_SOURCES) $(I6300ESB_SOURCES)
SPL_BOOT_flash := spl/boot_flash.c spl/mapped.c
SPL_BOOT_serial := spl/boot_serial.c spl/xmodem.c spl/mapped.c
SPL_BOOT_ram := spl/boot_ram.c spl/mapped.c
SPL_SOURCES := spl/entry.S spl/board.c spl/boot.c spl/boot_record.c spl/boot_source.c spl/clock.c \
	spl/console.c spl/disk.c spl/env.c spl/env_disk.c spl/fixup.c spl/harts.c spl/main.c spl/memory.c \
	spl/meter.c spl/modules.c spl/next_stage.c spl/place.c spl/platform.c spl/probe.c spl/rollback.c \
	spl/rollback_store.c spl/save_restore.S spl/slot_boot.c spl/slots.c spl/trap.c spl/watchdog.c \
	fs/fat.c $(BOARD_SOURCES) \
	$(filter-out lib/riscv/isa.c,$(LIB_SOURCES)) lib/count_bits.c lib/meanwhile.c lib/strtoul.c lib/crc.c \
	lib/riscv/bswap.S lib/riscv/guard.S \
	$(FIT_SOURCES) $(BLOCK_SOURCES) $(SERIAL_SOURCES) $(TIMER_SOURCES) $(RESET_SOURCES) \
	$(foreach source,$(BOARD_BOOT_SOURCES),$(SPL_BOOT_$(source))) \
	$(foreach watchdog,$(BOARD_WATCHDOGS),$(SPL_WATCHDOG_$(watchdog))) \
	$(if $(filter signed,$(VERIFY)),spl/verify_signed.c $(SIGNATURE_SOURCES),spl/verify.c) \
	$(BOARD_COMPRESSION:%=fit/%.c) $(if $(filter sha2,$(BOARD_EXTRAS)),spl/hash_isa.c $(SHA2_SOURCES)) \
	$(if $(filter crew,$(BOARD_EXTRAS)),spl/crew.c)
SPL_OBJECTS := $(call objects,$(SPL_OBJ),$(sort $(SPL_SOURCES))) \
	$(call third_party_objects,$(SPL_OBJ),$(sort $(HASH_SOURCES) $(LIBFDT_SOURCES) $(FIT_LIBFDT_SOURCES) \
		$(foreach c,$(BOARD_COMPRESSION),$(DECOMPRESS_$c)) \
		$(if $(filter signed,$(VERIFY)),$(PUBLIC_KEY_SOURCES)) \
		$(if $(filter tftp,$(BOARD_BOOT_SOURCES)),$(LWIP_SOURCES))))

# VERIFY=signed: the keys are built in, or else the control DTB's count (mkimage -K -r).
SPL_KEYS := $(if $(filter signed,$(VERIFY)),$(KEYS))
$(SPL_DIR)/keys.args: FORCE
	$(call record_flags,$@,--mode $(KEYS_MODE) $(SPL_KEYS))
ifneq ($(SPL_KEYS),)
$(SPL_OBJ)/spl/verify_signed.o: SPL_KEYS_DEFINE := -DSPL_KEYS
SPL_OBJECTS += $(SPL_OBJ)/keys.o
$(SPL_OBJ)/keys.c: scripts/pubkeys $(SPL_DIR)/keys.args $(wildcard $(KEYS)/*)
	@mkdir -p $(@D)
	$(call say,KEYS,$(KEYS))
	$(Q)scripts/pubkeys --mode $(KEYS_MODE) '$(KEYS)' $@
$(SPL_OBJ)/keys.o: $(SPL_OBJ)/keys.c $(SPL_OBJ)/keys.flags
	$(Q)$(TARGET_CC) $(TARGET_CFLAGS) $(WARNINGS) $(SPL_CFLAGS) -c -o $@ $<
endif

# Small, but for what every loaded byte passes through. (Not the hashes: -Os makes them faster too.)
SPL_FAST := $(call objects,$(SPL_OBJ),drivers/spi/sifive.c lib/crc.c lib/string.c net/checksum.c)
$(SPL_FAST): SPL_OPTIMISE := -O2
# Calls of these appear when all else has been compiled.
$(call objects,$(SPL_OBJ),lib/string.c lib/count_bits.c): SPL_OPTIMISE := -O2 -fno-lto

# Inlined into what calls them, the big numbers of the library would make too large a frame.
$(call third_party_objects,$(SPL_OBJ),$(PUBLIC_KEY_SOURCES)): SPL_OPTIMISE = $(SPL_SIZE_CFLAGS) -fno-lto
# Where most instructions of a signature are: 140 bytes more, 14 % fewer of them.
$(call third_party_objects,$(SPL_OBJ),$(addprefix bearssl/src/int/i31_,add.c montmul.c muladd.c sub.c)): \
	SPL_OPTIMISE := -O2 -fno-lto

# For harts that turn out to have Zbb; an image that is compiled whole has one architecture. Passes of
# -O2 that reorder instructions need more registers than there are.
SPL_SHA2 := $(call objects,$(SPL_OBJ),$(filter lib/%,$(SHA2_SOURCES)))
$(SPL_SHA2): SPL_OPTIMISE := -O1 -fno-lto $(ZBB_CFLAGS)

# Of errors that cannot happen there is no text.
SPL_ERR_TEXTS := -D'ERR_TEXTS(X)=ERR_LIST_COMMON(X) \
	$(if $(filter drivers/pci/%,$(SPL_SOURCES)),ERR_LIST_PCI(X)) \
	$(if $(filter drivers/virtio/%,$(SPL_SOURCES)),ERR_LIST_VIRTIO(X)) \
	$(if $(filter drivers/block/nvme.c,$(SPL_SOURCES)),ERR_LIST_NVME(X)) \
	$(if $(filter drivers/mmc/sdhci.c,$(SPL_SOURCES)),ERR_LIST_SDHCI(X)) \
	$(if $(filter drivers/spi/%,$(SPL_SOURCES)),ERR_LIST_SPI(X)) \
	$(if $(filter drivers/flash/%,$(SPL_SOURCES)),ERR_LIST_NOR(X)) \
	$(if $(filter fat,$(BOARD_FILESYSTEMS)),ERR_LIST_FAT(X)) \
	$(if $(filter tftp,$(BOARD_BOOT_SOURCES)),ERR_LIST_NET(X)) \
	$(if $(filter serial,$(BOARD_BOOT_SOURCES)),ERR_LIST_SERIAL(X)) \
	$(if $(BOARD_WATCHDOGS),ERR_LIST_WATCHDOG(X)) \
	$(if $(filter lzma,$(BOARD_COMPRESSION)),ERR_LIST_LZMA(X)) \
	$(if $(filter crew,$(BOARD_EXTRAS)),ERR_LIST_CREW(X)) \
	$(if $(filter signed,$(VERIFY)),ERR_LIST_SIGNED(X))'

extra = -D$(2)=$(if $(filter $(1),$(BOARD_EXTRAS)),1,0)

# No frame is larger than an eighth of the boot stack (spl/layout.h), hence the first; the rest is what
# -Os leaves on, and makes code larger more often than not.
SPL_SIZE_CFLAGS := $(if $(filter 1,$(LLVM)),-Oz,-Os -fno-inline-functions-called-once -fno-inline-functions \
	-fno-move-loop-invariants -fno-caller-saves -freorder-blocks-algorithm=simple -fno-thread-jumps \
	-fno-tree-dominator-opts -fno-partial-inlining -fno-jump-tables \
	-fno-shrink-wrap -fipa-pta) -msave-restore
# Costs in bytes, not cycles; but not by misaligned accesses, which no board here executes. Strings and
# arrays of bytes are not aligned.
# Variables of up to that many bytes are next to gp (spl/spl.ld).
SPL_TUNE := -fno-pie $(if $(filter 1,$(LLVM)),,-mtune=size -mstrict-align -malign-data=natural \
	-msmall-data-limit=256)
SPL_CFLAGS = -flto $(SPL_TUNE) $(or $(SPL_OPTIMISE),$(SPL_SIZE_CFLAGS)) -Wframe-larger-than=2048 \
	$(THIRD_PARTY_INCLUDES:-I%=-isystem %) -isystem lib/compat $(SPL_ERR_TEXTS) \
	-DPACKED_MESSAGES -DBOARD_NAME='"$(BOARD)"' -DBOARD_MAX_HARTS=$(BOARD_MAX_HARTS) \
	-DSPL_FAT=$(if $(filter fat,$(BOARD_FILESYSTEMS)),1,0) \
	$(call extra,sha2,HASH_BLOCKS) $(call extra,crew,FIT_CREW) $(call extra,p256,ECDSA_P256) $(call extra,md5,FIT_MD5) $(call extra,overlays,FIT_OVERLAYS) $(call extra,modules,SPL_MODULES) \
	$(call extra,pci-list,SPL_PCI_LIST) $(call extra,record,SPL_RECORD) \
	$(call extra,slots,SPL_SLOTS) $(call extra,slots,BLOCK_WRITES) \
	$(call decompressors,$(BOARD_COMPRESSION)) \
	-DFIT_CAN_UNPACK=$(if $(strip $(BOARD_COMPRESSION)),1,0) \
	-DBOARD_BOOT_SOURCES='$(patsubst %,X(%),$(BOARD_BOOT_SOURCES))' \
	-DBOARD_NICS='$(patsubst %,X(%),$(BOARD_NICS))' \
	-DSPL_WATCHDOG=$(if $(BOARD_WATCHDOGS),1,0) -DBOARD_WATCHDOGS='$(patsubst %,X(%),$(BOARD_WATCHDOGS))' \
	$(BOARD_BOOT_HART:%=-DBOARD_BOOT_HART=%) $(SPL_VERSION:%=-DSPL_VERSION='"%"') \
	-DSPL_VERIFY=FIT_VERIFY_$(SPL_VERIFY) -DSPL_VERIFY_NAME='"$(VERIFY)"' \
	$(if $(filter signed,$(VERIFY)),-DHASH_STRONG_ONLY) $(SPL_KEYS_DEFINE)

$(eval $(call target_rules,$(SPL_OBJ),$$(SPL_CFLAGS)))
$(eval $(call third_party_rules,$(SPL_OBJ),$$(SPL_CFLAGS)))

$(SPL_OBJ)/spl/main.o $(SPL_OBJ)/spl/boot_record.o: SPL_VERSION = $(VERSION)

SPL_LD = $(TARGET_LTO_LD) $(TARGET_LDFLAGS:%=-Wl,%) -Wl,--emit-relocs $(SPL_TUNE) $(SPL_SIZE_CFLAGS) \
	-fdata-sections -Wframe-larger-than=2048 -Wl,--defsym=SPL_MAX=$(BOARD_SPL_MAX)
$(SPL_DIR)/link.args: FORCE
	$(call record_flags,$@,$(SPL_LD) $(SPL_OBJECTS) $(SPL_XIP_LD))

# $(call link_spl,<linker's arguments>,<objects>,<arguments of pack-relocations>)
define link_spl
	$(call say,LD,$@)
	$(Q)$(SPL_LD) $(1) -Wl,-Map=$(@:.elf=.map) -o $@ $(2)
	$(Q)scripts/pack-messages $@
	$(Q)scripts/pack-relocations $(3) $@
	$(Q)$(TARGET_OBJCOPY) --discard-locals $@
	$(if $(SPL_STACK_USAGE),$(Q)$(SPL_STACK_USAGE) --max $(SPL_STACK_MAX) $@ spl_main)
	$(if $(and $(SPL_STACK_USAGE),$(filter crew,$(BOARD_EXTRAS))),$(Q)$(SPL_STACK_USAGE) --max $(CREW_STACK_MAX) $@ crew_work)
endef
SPL_LINK_TOOLS := $(addprefix scripts/,pack-messages pack-relocations elf_image.py)

$(SPL_DIR)/spl.elf: $(SPL_OBJECTS) spl/spl.ld $(SPL_DIR)/link.args $(SPL_LINK_TOOLS)
	$(call link_spl,-T spl/spl.ld,$(SPL_OBJECTS))

# An image ends at _end: $(call make_nodtb,<where it starts>)
define make_nodtb
	$(Q)$(TARGET_OBJCOPY) -O binary $< $@
	$(Q)truncate -s $$((0x$$($(TARGET_READELF) -sW $< | awk '$$8 == "_end" { print $$2; exit }') - $(1))) $@
endef

$(SPL_DIR)/spl-nodtb.bin: $(SPL_DIR)/spl.elf
	$(call make_nodtb,0)

$(SPL_DIR)/control.dtb: $(BOARD_CONTROL_DTS)
	@mkdir -p $(@D)
	$(call say,DTC,$<)
	$(Q)dtc -q -I dts -O dtb -o $@ $<

# Another control DTB is put behind the SPL by `cat spl-nodtb.bin my.dtb > spl.bin`.
$(SPL_DIR)/spl.bin $(SPL_DIR)/spl-xip.bin: %.bin: %-nodtb.bin $(SPL_DIR)/control.dtb
	$(Q)cat $^ > $@
	$(call say,SPL,$@)
	$(Q)test $$(stat -c %s $@) -le $$(($(BOARD_SPL_MAX))) || \
		{ echo "$@ is larger than BOARD_SPL_MAX ($(BOARD_SPL_MAX))" >&2; rm $@; exit 1; }

# The SPL for flash that harts start in: boards that say BOARD_FLASH_MSWI, the address of the software
# interrupts of their harts, and perhaps BOARD_FLASH_HART, the one that copies to memory what has to be
# there (0), and BOARD_FLASH_NS16550, where it can say that there is none.
BOARD_FLASH_HART ?= 0
BOARD_FLASH_NS16550 ?= 0
$(SPL_OBJ)/spl/flash_entry.o: SPL_OPTIMISE := -Os -DBOARD_FLASH_HART=$(BOARD_FLASH_HART) \
	-DBOARD_FLASH_MSWI=$(BOARD_FLASH_MSWI) -DBOARD_FLASH_NS16550=$(BOARD_FLASH_NS16550)

# One that moves is the SPL behind a stub.
SPL_END := $(BOARD_SPL_ADDRESS)+$(BOARD_SPL_MAX)
$(SPL_DIR)/spl-flash.bin: $(SPL_OBJ)/spl/flash_entry.o $(SPL_DIR)/spl.bin
	$(Q)$(TARGET_LD) --no-dynamic-linker --build-id=none -Ttext=0 -e flash_start \
		--defsym=flash_from=flash_end --defsym=flash_to=$(BOARD_SPL_ADDRESS) \
		--defsym=flash_to_end=$(SPL_END) --defsym=flash_last=$(SPL_END) \
		--defsym=_start=$(BOARD_SPL_ADDRESS) -o $(@:.bin=.elf) $<
	$(Q)$(TARGET_OBJCOPY) -O binary -j .text $(@:.bin=.elf) $@
	$(Q)cat $(SPL_DIR)/spl.bin >> $@
	$(call say,SPL,$@)

# One that is executed in place: boards that say BOARD_XIP_ADDRESS, where it is in the flash, and
# BOARD_XIP_DATA and BOARD_XIP_DATA_MAX, where its variables are in memory, and how large they may be.
SPL_XIP_OBJECTS := $(SPL_OBJECTS) $(call objects,$(SPL_OBJ),spl/flash_entry.S spl/in_place.c)
SPL_XIP_LD := -Wl,--defsym=XIP_ADDRESS=$(BOARD_XIP_ADDRESS) -Wl,--defsym=XIP_DATA=$(BOARD_XIP_DATA) \
	-Wl,--defsym=XIP_DATA_MAX=$(BOARD_XIP_DATA_MAX) -T spl/xip.ld
$(SPL_DIR)/spl-xip.elf: $(SPL_XIP_OBJECTS) spl/xip.ld $(SPL_DIR)/link.args $(SPL_LINK_TOOLS)
	$(call link_spl,$(SPL_XIP_LD),$(SPL_XIP_OBJECTS),--in-place)
$(SPL_DIR)/spl-xip-nodtb.bin: $(SPL_DIR)/spl-xip.elf
	$(call make_nodtb,$(BOARD_XIP_ADDRESS))

#: make spl             first-stage loader of BOARD: <O>/<BOARD>/spl/spl.{elf,map,bin}, and for flash
#:                      that harts start in spl-flash.bin, which moves, and spl-xip.bin, which stays
SPL_IMAGES := spl.bin $(if $(BOARD_FLASH_MSWI),spl-flash.bin $(if $(BOARD_XIP_ADDRESS),spl-xip.bin))
.PHONY: spl
spl: $(SPL_IMAGES:%=$(SPL_DIR)/%)
ALL += $(SPL_IMAGES:%=$(SPL_DIR)/%)

#: SPL: VERIFY=off|hash|signed  what is checked of a FIT: nothing, all hashes that it has (default),
#:      or that it is signed by KEYS=<dir of public keys> (KEYS_MODE=all|any of them)

include tests/payloads/mmode/mmode.mk
