# SPDX-License-Identifier: BSD-2-Clause
# From the stages to something that boots: initrd, FIT, SD card; QEMU and real cards.

BOARD_SPL_IMAGE ?= spl.bin
SPL ?= $(B)/spl/$(BOARD_SPL_IMAGE)
FIRMWARE ?= $(O)/sbi/fw_dynamic.bin
KERNEL ?= $(FETCHED)/linux/Image
INITRD ?= $(O)/initrd.cpio.gz
ROOTFS ?= $(O)/rootfs
BOOTARGS ?= earlycon=sbi console=$(BOARD_CONSOLE)
FETCH ?= build run check

ALL += $(B)/hartline.itb

# $(call fetched,<item of scripts/fetch>...): what to depend on (order-only) to have it. An item that
# tests can do without has its stamp only when it could be had.
fetched = $(addprefix $(FETCHED)/.stamp/,$(1))
$(FETCHED)/.stamp/%: scripts/pins
	$(Q)FETCHED='$(FETCHED)' scripts/fetch $*
.PRECIOUS: $(FETCHED)/.stamp/%
$(FETCHED)/linux/Image: | $(call fetched,linux) ;
$(FETCHED)/busybox: | $(call fetched,busybox) ;

$(O)/rootfs.done: scripts/mkrootfs scripts/hartline-record $(wildcard scripts/rootfs/*/*) $(FETCHED)/busybox
	@mkdir -p $(@D)
	$(call say,ROOTFS,$(O)/rootfs)
	$(Q)scripts/mkrootfs $(FETCHED)/busybox $(O)/rootfs
	@touch $@
$(O)/initrd.cpio.gz: scripts/mkinitrd $(O)/rootfs.done
	$(call say,INITRD,$@)
	$(Q)scripts/mkinitrd $(O)/rootfs $@

# What a user hands in by a variable is quoted, and a change of it rebuilds.
quote = '$(subst ','\'',$(1))'
option = $(if $(2),--$(1) $(call quote,$(2)))

FIT_ARGS := $(call option,firmware,$(FIRMWARE)) --base $(BOARD_DRAM_BASE) \
	$(if $(PAYLOAD),$(call option,payload,$(PAYLOAD)),$(call option,kernel,$(KERNEL)) \
		$(call option,compress,$(COMPRESS)) $(call option,initrd,$(INITRD)) $(call option,bootargs,$(BOOTARGS))) \
	$(call option,dtb,$(DTB)) --description $(call quote,hartline for $(BOARD))
FIT_SIGN := $(if $(filter signed,$(VERIFY)),$(KEYS))
$(B)/fit.args: FORCE
	$(call record_flags,$@,$(FIT_ARGS) $(FIT_SIGN) $(SIGN_WITH))
$(B)/hartline.itb: scripts/mkfit $(B)/fit.args $(FIRMWARE) $(DTB) \
		$(or $(PAYLOAD),$(KERNEL) $(INITRD)) $(if $(FIT_SIGN),scripts/sign $(wildcard $(KEYS)/*))
	$(call say,FIT,$@)
	$(Q)scripts/mkfit $(FIT_ARGS) $@
	$(if $(FIT_SIGN),$(Q)scripts/sign fit $@ $(call quote,$(KEYS)) $(SIGN_WITH) || { rm $@; exit 1; })

CARD_ARGS := $(call option,spl,$(SPL)) --fit $(B)/hartline.itb $(call option,kernel,$(KERNEL)) \
	$(call option,initrd,$(INITRD)) $(call option,bootargs,$(BOOTARGS)) \
	$(call option,root,$(ROOTFS)) $(if $(filter ab,$(SLOTS)),--slots $(call option,fit-b,$(FIT_B)))
$(B)/sdcard.args: FORCE
	$(call record_flags,$@,$(CARD_ARGS))
$(B)/sdcard.img: scripts/sdcard $(B)/sdcard.args $(SPL) $(B)/hartline.itb $(KERNEL) $(INITRD) $(FIT_B) \
		$(if $(filter $(O)/rootfs,$(ROOTFS)),$(O)/rootfs.done)
	$(call say,SDCARD,$@)
	$(Q)scripts/sdcard $(CARD_ARGS) $@

.PHONY: setup fetch sdcard tftp flash run lint
#: make run             boot BOARD's SD card in QEMU (QEMU= SMP= MEM= QEMUFLAGS=)
run: $(SPL) $(B)/sdcard.img
	$(Q)QEMU='$(QEMU)' SMP='$(SMP)' MEM='$(MEM)' scripts/qemu $(BOARD) $^ $(QEMUFLAGS)

#: make sdcard          make the image of an SD card: SPL, FIT, boot and root partition
#:                      (SLOTS=ab: two slots for FITs, FIT_B=<another .itb in the second>)
sdcard: $(B)/sdcard.img

#: make tftp TFTPDIR=<dir>  put BOARD's FIT where a TFTP server finds it: hartline-<BOARD>.itb
tftp: $(B)/hartline.itb
	$(if $(TFTPDIR),,$(error where to? make tftp TFTPDIR=<dir>))
	$(Q)mkdir -p '$(TFTPDIR)' && install -m 644 $< '$(TFTPDIR)/hartline-$(BOARD).itb'
	$(call say,TFTP,$(TFTPDIR)/hartline-$(BOARD).itb)

#: make flash DEV=/dev/sdX  write it to a card (FORCE=1: even if it does not look like one)
flash: $(B)/sdcard.img
	$(if $(DEV),,$(error which card? make flash DEV=/dev/sdX))
	$(Q)FORCE='$(FORCE)' scripts/flash $< '$(DEV)'

#: make setup           install the Debian packages that building and testing need
setup:
	$(Q)scripts/setup check

#: make fetch           fetch sources, kernel and test payloads (FETCH=: some of scripts/fetch)
fetch:
	$(Q)FETCHED='$(FETCHED)' scripts/fetch $(FETCH)

#: make lint            code style, include directions, static analysis
#: Images: KERNEL= COMPRESS=gzip|lz4|zstd|lzma INITRD= BOOTARGS= DTB= PAYLOAD=<instead of a kernel> ROOTFS=<dir> SPL= FIRMWARE=
lint:
	$(Q)scripts/lint
