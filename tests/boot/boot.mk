# SPDX-License-Identifier: BSD-2-Clause
# Tests of what is built: the build itself, cards, and QEMU from reset to what the next stage sees.
PYTEST := /usr/bin/python3 -B -m pytest -p no:cacheprovider

# fw_payload with U-Boot in it.
PAYLOAD_U_BOOT := $(O)/payload-u-boot

#: make boot            tests of the build and boot tests in QEMU (BOOT_TESTS=-k...: only some)
BOOT_MARK ?= not long
# What hangs is killed after so many seconds, whatever it waits for: many times what the longest takes.
BOOT_TIMEOUT ?= 900
.PHONY: boot boards payload-u-boot
boot: boards sbi payloads kvmm payload-u-boot $(O)/bench/aligned-qemu10.so \
		$(O)/bench/count-qemu10.so $(O)/bench/payload/spin.bin \
		$(call fetched,libubootenv tc qemu10 qemu11 tftpd-hpa atftpd u-boot-qemu u-boot-sifive opensbi-trixie)
	$(Q)O='$(O)' FETCHED='$(FETCHED)' $(PYTEST) -v --durations=5 --timeout=$(BOOT_TIMEOUT) \
		-m '$(BOOT_MARK)' tests/build tests/boot $(BOOT_TESTS)

# All boards, whatever BOARD is.
boards:
	$(Q)for board in $(notdir $(wildcard board/*)); do \
		$(MAKE) --no-print-directory BOARD=$$board spl sdcard || exit 1; done

payload-u-boot: $(call fetched,u-boot-qemu)
	$(Q)$(MAKE) --no-print-directory O=$(PAYLOAD_U_BOOT) FETCHED=$(FETCHED) \
		FW_PAYLOAD_PATH=$(FETCHED)/u-boot/qemu-riscv64_smode/u-boot.bin \
		$(PAYLOAD_U_BOOT)/sbi/fw_payload.bin
