# SPDX-License-Identifier: BSD-2-Clause
# An M-mode program without SBI, and a FIT of it, for the SPL to start.
MMODE := $(O)/payloads/mmode
MMODE_SOURCES := tests/payloads/mmode/start.S tests/payloads/mmode/main.c lib/riscv/bswap.S \
	$(LIB_SOURCES) $(SERIAL_SOURCES) $(RESET_SOURCES)
MMODE_OBJECTS := $(call objects,$(MMODE)/obj,$(sort $(filter-out lib/riscv/relocate.S,$(MMODE_SOURCES))))

$(eval $(call target_rules,$(MMODE)/obj,-O2 -fno-pic -fno-pie -isystem lib/compat))

$(MMODE)/mmode.elf: $(MMODE_OBJECTS) tests/payloads/mmode/mmode.ld
	$(call say,LD,$@)
	$(Q)$(TARGET_LD) -static -z noexecstack --fatal-warnings --build-id=none --gc-sections \
		--defsym=DRAM_BASE=$(BOARD_DRAM_BASE) -T tests/payloads/mmode/mmode.ld -o $@ \
		$(MMODE_OBJECTS)
$(MMODE)/mmode.bin: $(MMODE)/mmode.elf
	$(Q)$(TARGET_OBJCOPY) -O binary $< $@
$(MMODE)/mmode.itb: $(MMODE)/mmode.bin tests/payloads/mmode/mmode.its
	$(call say,FIT,$@)
	$(Q)cp tests/payloads/mmode/mmode.its $(MMODE)/mmode.its
	$(Q)cd $(MMODE) && mkimage -q -E -B 0x200 -f mmode.its mmode.itb

payloads: $(MMODE)/mmode.itb
