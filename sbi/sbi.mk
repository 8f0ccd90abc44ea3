# SPDX-License-Identifier: BSD-2-Clause
# The M-mode firmware, one binary for all boards: build/sbi/fw_{dynamic,jump,payload}.{elf,bin,map}.
SBI_DIR := $(O)/sbi
SBI_OBJ := $(SBI_DIR)/obj

SBI_EXTENSIONS := base time ipi rfence hsm srst pmu dbcn susp sse fwft dbtr cppc mpxy legacy
SBI_SOURCES := sbi/entry.S sbi/trap_entry.S sbi/enter.S sbi/shmem_copy.S sbi/pmp_csr.S sbi/registers.S \
	$(addprefix sbi/,banner.c console.c crash.c dbtr_policy.c domain.c domain_config.c \
		domain_fdt.c ecall.c emulate_illegal.c emulate_misaligned.c emulate_vector.c \
		fdt_fixup.c features.c fwft_policy.c hart.c hart_blocks.c harts.c hsm.c init.c \
		lifecycle.c mpxy_policy.c platform.c pmp.c pmp_plan.c pmp_regions.c pmu.c \
		pmu_policy.c redirect.c rfence.c shmem.c shmem_check.c sse.c sse_policy.c timer.c \
		trap.c unpriv.c) \
	$(SBI_EXTENSIONS:%=sbi/ext/%.c) lib/riscv/bswap.S lib/riscv/counter.S lib/riscv/guard.S \
	$(LIB_SOURCES) $(SERIAL_SOURCES) $(TIMER_SOURCES) $(RESET_SOURCES) $(CPPC_SOURCES) $(MAILBOX_SOURCES) \
	$(IRQCHIP_SOURCES)
SBI_OBJECTS := $(call objects,$(SBI_OBJ),$(sort $(SBI_SOURCES)))

# What a hart calls on its own stack is checked to be shallow: 2 KiB are all it has.
SBI_CFLAGS = -O2 -Wframe-larger-than=1024 -include lib/hidden.h $(SBI_DEFINES)
$(eval $(call target_rules,$(SBI_OBJ),$$(SBI_CFLAGS)))

# Done once, or never, or waiting for a controller: small, not fast.
$(call objects,$(SBI_OBJ),sbi/banner.c sbi/crash.c sbi/fdt_fixup.c drivers/mailbox/rpmi.c): SBI_CFLAGS += -Os

$(SBI_OBJ)/sbi/banner.o: SBI_DEFINES = -DFIRMWARE_VERSION='"$(VERSION)"'

# The three images differ in where the next stage is. Variables have the names and meanings that
# they have in OpenSBI; offsets are from where the firmware is loaded.
FW_JUMP_OFFSET ?= 0x200000
FW_PAYLOAD_OFFSET ?= 0x200000
define = $(if $($(1)),-D$(2)=$($(1)))
SBI_JUMP := $(if $(FW_JUMP_ADDR),-DFW_JUMP_ADDR=$(FW_JUMP_ADDR),-DFW_JUMP_OFFSET=$(FW_JUMP_OFFSET)) \
	$(call define,FW_JUMP_FDT_ADDR,FW_FDT_ADDR)
SBI_PAYLOAD := $(call define,FW_PAYLOAD_FDT_ADDR,FW_FDT_ADDR) \
	$(if $(FW_PAYLOAD_PATH),-DFW_PAYLOAD_PATH='"$(FW_PAYLOAD_PATH)"')
$(eval $(call target_rules,$(SBI_DIR)/jump,$$(SBI_CFLAGS) $$(SBI_JUMP)))
$(eval $(call target_rules,$(SBI_DIR)/payload,$$(SBI_CFLAGS) $$(SBI_PAYLOAD)))
$(SBI_DIR)/payload/sbi/fw_payload.o: $(FW_PAYLOAD_PATH)

SBI_ENTRY_dynamic := $(call objects,$(SBI_OBJ),sbi/fw_dynamic.c sbi/fw_dynamic_entry.S)
SBI_ENTRY_jump := $(call objects,$(SBI_DIR)/jump,sbi/fw_fixed.c sbi/fw_fixed_entry.S)
SBI_ENTRY_payload := $(call objects,$(SBI_DIR)/payload,sbi/fw_fixed.c sbi/fw_fixed_entry.S sbi/fw_payload.S)
SBI_LD_payload := -DFW_PAYLOAD_OFFSET=$(FW_PAYLOAD_OFFSET)

SBI_LD := $(TARGET_LD) $(TARGET_PIE_LDFLAGS) $(TARGET_LDFLAGS)
$(SBI_DIR)/link.args: FORCE
	$(call record_flags,$@,$(SBI_LD) $(SBI_OBJECTS))

# $(call sbi_image_rules,<image>)
define sbi_image_rules
$(SBI_DIR)/fw_$(1).ld: sbi/sbi.ld FORCE
	@mkdir -p $$(@D)
	$$(Q)$(TARGET_CC) -E -P -x c $(SBI_LD_$(1)) -o $$@.new $$<
	$$(Q)cmp -s $$@.new $$@ && rm $$@.new || mv $$@.new $$@
$(SBI_DIR)/fw_$(1).elf: $(SBI_OBJECTS) $(SBI_ENTRY_$(1)) $(SBI_DIR)/fw_$(1).ld \
		$(SBI_DIR)/link.args scripts/pack-relocations scripts/elf_image.py
	$$(call say,LD,$$@)
	$$(Q)$(SBI_LD) -T $(SBI_DIR)/fw_$(1).ld -Map=$$(@:.elf=.map) -o $$@ \
		$(SBI_OBJECTS) $(SBI_ENTRY_$(1))
	$$(Q)scripts/pack-relocations $$@
$(SBI_DIR)/fw_$(1).bin: $(SBI_DIR)/fw_$(1).elf
	$$(Q)$(TARGET_OBJCOPY) -O binary $$< $$@
	$$(call say,FW,$$@)
ALL += $(SBI_DIR)/fw_$(1).bin
endef
$(foreach image,dynamic jump payload,$(eval $(call sbi_image_rules,$(image))))

#: make sbi             M-mode firmware: <O>/sbi/fw_{dynamic,jump,payload}.{elf,map,bin}
#: SBI: FW_JUMP_ADDR= FW_JUMP_OFFSET= FW_JUMP_FDT_ADDR= FW_PAYLOAD_PATH= FW_PAYLOAD_OFFSET= FW_PAYLOAD_FDT_ADDR=
.PHONY: sbi
sbi: $(foreach image,dynamic jump payload,$(SBI_DIR)/fw_$(image).bin)

# The firmware's own reading of domains and planning of the PMP, for the host.
DOMAINS_SOURCES := scripts/domains.c sbi/domain.c sbi/domain_config.c sbi/fdt_fixup.c sbi/platform.c \
	sbi/pmp_plan.c sbi/pmp_regions.c sbi/pmu_policy.c lib/dt.c lib/err.c lib/machine.c lib/riscv/isa.c \
	$(SERIAL_SOURCES) $(filter-out lib/%,$(TIMER_SOURCES)) $(RESET_SOURCES) $(CPPC_SOURCES) $(MAILBOX_SOURCES) $(IRQCHIP_SOURCES)

#: make domains-tool    what scripts/domains runs: domains and PMP plan of a .dtb
.PHONY: domains-tool
domains-tool: $(O)/host/domains
$(O)/host/domains: $(DOMAINS_SOURCES) $(wildcard sbi/*.h lib/*.h lib/riscv/*.h drivers/*/*.h)
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) -std=gnu11 -g -O1 -I. $(WARNINGS) -o $@ $(DOMAINS_SOURCES)
