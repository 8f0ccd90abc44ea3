# SPDX-License-Identifier: BSD-2-Clause
# The only entry: `make help` lists what there is. Each room adds its part in <room>/<room>.mk.

BOARD ?= qemu-virt
O ?= build
V ?= 0

# Downloads and unpacked third-party sources; may be shared by several O=.
FETCHED ?= $(O)/fetched
# What belongs to one board.
B := $(O)/$(BOARD)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-8s%s\n' '$(1)' '$(2)')

ifeq ($(wildcard board/$(BOARD)/board.mk),)
$(error BOARD=$(BOARD) is not known; boards: $(notdir $(wildcard board/*)))
endif

include scripts/setup.mk
include scripts/toolchain.mk
include board/$(BOARD)/board.mk
include lib/lib.mk
include drivers/drivers.mk
include fit/fit.mk
include net/net.mk
include spl/spl.mk
include sbi/sbi.mk
include scripts/scripts.mk
include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/boot/boot.mk
include tests/payloads/payloads.mk
include tests/bench/bench.mk

.PHONY: all check check-long clean help FORCE
all: $(ALL)

#: make check           all tests: lint, unit tests, fuzzing, bench-short, boot tests; what CI runs
check:
	$(Q)$(MAKE) --no-print-directory lint
	$(Q)$(MAKE) --no-print-directory unit
	$(Q)$(MAKE) --no-print-directory fuzz-check
	$(Q)$(MAKE) --no-print-directory bench-short
	$(Q)$(MAKE) --no-print-directory boot

#: make check-long      what takes longer: sweeps over bad networks, each byte of a signed FIT changed
check-long:
	$(Q)LONG_TESTS=1 $(MAKE) --no-print-directory unit UNIT_FILTER=test_fit_signature
	$(Q)$(MAKE) --no-print-directory boot BOOT_MARK=long BOOT_TIMEOUT=7200

clean:
	$(Q)rm -rf $(filter-out $(FETCHED),$(wildcard $(O)/*))

help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST)

#: Boards (BOARD=, default qemu-virt): qemu-virt, sifive-unleashed, microchip-icicle
#: make                 build SPL, SBI firmware and FIT of BOARD
#: make clean           remove what was built (not what was fetched)
#: Variables: CROSS_COMPILE= LLVM=1 V=1 O=<dir> FETCHED=<dir>
