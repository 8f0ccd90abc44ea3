# SPDX-License-Identifier: BSD-2-Clause
# Boot tests: QEMU from reset to what the next stage sees.
PYTEST := /usr/bin/python3 -B -m pytest -p no:cacheprovider

#: make boot            boot tests in QEMU (BOOT_TESTS=-k...: only some)
.PHONY: boot
boot: boards payloads $(O)/payload-u-boot/fw_payload.bin $(call fetched,qemu10 u-boot-qemu u-boot-sifive opensbi-trixie)
	$(Q)O='$(O)' FETCHED='$(FETCHED)' $(PYTEST) -v --durations=5 tests/boot $(BOOT_TESTS)

# All boards, whatever BOARD is.
.PHONY: boards
boards:
	$(Q)for board in $(notdir $(wildcard board/*)); do \
		$(MAKE) --no-print-directory BOARD=$$board sdcard || exit 1; done

$(O)/payload-u-boot/fw_payload.bin: $(call fetched,u-boot-qemu) boards
	@mkdir -p $(@D)
	$(Q)$(MAKE) --no-print-directory FW_PAYLOAD_PATH=$(FETCHED)/u-boot/qemu-riscv64_smode/u-boot.bin \
		$(O)/sbi/fw_payload.bin
	$(Q)cp $(O)/sbi/fw_payload.bin $@
