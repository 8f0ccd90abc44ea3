# SPDX-License-Identifier: BSD-2-Clause
# Bare S-mode programs that run under any SBI firmware, as the next stage at DRAM + 2 MiB.
P := $(O)/payloads
PAYLOAD_FLAGS := -O2 -fno-pic -fno-pie -Wno-missing-field-initializers
PAYLOAD_COMMON := $(wildcard tests/payloads/common/*.c tests/payloads/common/*.S)
PAYLOADS := sbi-conformance sbi-fuzz harts isolation emulate domain-a domain-b hyp kvm-guest
sbi-conformance_SOURCES := $(PAYLOAD_COMMON) $(wildcard tests/payloads/sbi/*.c)
sbi-fuzz_SOURCES := $(PAYLOAD_COMMON) $(wildcard tests/payloads/sbi-fuzz/*.c)
hyp_SOURCES := $(PAYLOAD_COMMON) $(wildcard tests/payloads/hyp/*.c tests/payloads/hyp/*.S) \
	tests/payloads/sbi/tap.c
kvm-guest_SOURCES := $(PAYLOAD_COMMON) tests/payloads/kvm-guest/main.c
harts_SOURCES := $(addprefix tests/payloads/harts/,main.c start.S)
isolation_SOURCES := $(PAYLOAD_COMMON) tests/payloads/isolation/main.c
emulate_SOURCES := $(PAYLOAD_COMMON) $(wildcard tests/payloads/emulate/*.[cS]) tests/payloads/sbi/paging.c
domain-a_SOURCES := $(PAYLOAD_COMMON) tests/payloads/domain/main.c
domain-b_SOURCES := $(domain-a_SOURCES)
domain-b_LDFLAGS := --defsym=LOAD_ADDRESS=0x88200000

$(eval $(call target_rules,$(P)/obj,$(PAYLOAD_FLAGS)))

define payload_rules
$(P)/$(1).elf: $(call objects,$(P)/obj,$($(1)_SOURCES)) tests/payloads/common/payload.ld
	$$(call say,LD,$$@)
	$$(Q)$$(TARGET_LD) -static --no-relax -z noexecstack -z max-page-size=4096 --build-id=none \
		--fatal-warnings $($(1)_LDFLAGS) -T tests/payloads/common/payload.ld -Map $(P)/$(1).map -o $$@ \
		$$(filter %.o,$$^)
$(P)/$(1).bin: $(P)/$(1).elf
	$$(call say,OBJCOPY,$$@)
	$$(Q)$$(TARGET_OBJCOPY) -O binary $$< $$@
endef
$(foreach p,$(PAYLOADS),$(eval $(call payload_rules,$(p))))

.PHONY: payloads
payloads: $(PAYLOADS:%=$(P)/%.elf) $(PAYLOADS:%=$(P)/%.bin)

include tests/payloads/kvmm/kvmm.mk

#: make conformance     SBI conformance of our firmware beside OpenSBI's: docs/conformance.md
.PHONY: conformance
conformance: payloads sbi | $(call fetched,qemu10 opensbi-trixie opensbi-sid)
	$(Q)scripts/conformance --build '$(O)' --fetched '$(FETCHED)' --document docs/conformance.md

#: make conformance-hyp  what a hypervisor finds, beside OpenSBI's: docs/hypervisor-conformance.md
.PHONY: conformance-hyp
conformance-hyp: payloads sbi | $(call fetched,qemu10 opensbi-trixie opensbi-sid)
	$(Q)scripts/conformance --suite hyp --build '$(O)' --fetched '$(FETCHED)' \
		--document docs/hypervisor-conformance.md

#: make fuzz-sbi        random SBI calls until one fails (FUZZ_SBI=--runs=10 --smp=8 --cpu=max ...)
.PHONY: fuzz-sbi
fuzz-sbi: payloads sbi
	$(Q)scripts/fuzz-sbi --build '$(O)' --runs 0 $(FUZZ_SBI)

#: make payloads        S-mode test programs: SBI conformance suite and fuzzer
