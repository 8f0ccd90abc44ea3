# SPDX-License-Identifier: BSD-2-Clause
# The bench: what firmware costs, in instructions, beside OpenSBI and U-Boot SPL.
BENCH := $(O)/bench
BENCH_PYTHON := /usr/bin/python3

# A plugin for each QEMU: the API differs. Of aligned.c (for tests/boot/test_spl.py) QEMU 10's is used.
BENCH_CFLAGS := -O2 -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror -Wno-unused-parameter
define plugin_rule
$(BENCH)/%-$(1).so: tests/bench/plugin/%.c | $(call fetched,$(1))
	@mkdir -p $$(@D)
	$$(call say,HOSTCC,$$@)
	$$(Q)$(HOSTCC) $(BENCH_CFLAGS) -isystem $(FETCHED)/$(1)/include \
		$$$$(pkg-config --cflags glib-2.0) -o $$@ $$<
endef
$(foreach qemu,qemu7 qemu10,$(eval $(call plugin_rule,$(qemu))))

# Payloads: QEMU loads a next stage at 0x80200000; the self-test takes the firmware's place.
$(eval $(call target_rules,$(BENCH)/payload,-O2 -Wno-unused-parameter))
$(BENCH)/payload/%.elf: ADDRESS := 0x80200000
$(BENCH)/payload/selftest.elf: ADDRESS := 0x80000000
$(BENCH)/payload/quiet.elf: ADDRESS := 0x86000000
$(BENCH)/payload/%.elf: tests/bench/payload/bench.lds
	$(call say,LD,$@)
	$(Q)$(TARGET_LD) -static -nostdlib --build-id=none --defsym=LOAD_ADDRESS=$(ADDRESS) \
		-T $< -o $@ $(filter %.o,$^)
$(BENCH)/payload/%.bin: $(BENCH)/payload/%.elf
	$(Q)$(TARGET_OBJCOPY) -O binary $< $@

bench_objects = $(patsubst %,$(BENCH)/payload/tests/bench/payload/%.o,$(1))
$(BENCH)/payload/spin.elf: $(call bench_objects,spin)
$(BENCH)/payload/quiet.elf: $(call bench_objects,quiet)
$(BENCH)/payload/selftest.elf: $(call bench_objects,selftest)
$(BENCH)/payload/ecall.elf: $(call bench_objects,start ecall)
$(BENCH)/payload/storm.elf: $(call bench_objects,start storm)

BENCH_TOOLS := $(BENCH)/count-qemu10.so \
	$(addprefix $(BENCH)/payload/,spin.bin quiet.bin selftest.bin ecall.bin storm.bin)
BENCH_RUN = $(BENCH_PYTHON) -B tests/bench/run.py $(1) --out $(BENCH) --fetched $(FETCHED) \
	--docs docs --firmware $(O)/sbi/fw_dynamic --spl $(O)/sifive-unleashed/spl/spl \
	--sha2-spl $(O)/qemu-virt/spl/spl --signed-spl $(BENCH)/signed/qemu-virt/spl/spl \
	--crew-spl $(BENCH)/crew/sifive-unleashed/spl/spl

#: make bench           count instructions and bytes beside OpenSBI and U-Boot SPL: docs/benchmarks.md
#: make bench BASE=<rev>  print what changed since an earlier commit; of some families in full with ONLY=
#: make bench ONLY="boot calls storms size loading media rate verifying overlap"  some of it again
#: make tftp-rate       TFTP by the clock, beside U-Boot proper: the bench's "rate", printed only
#: make bench-short     some of it, in make check: fail on growth of more than 5 %
.PHONY: bench bench-short bench-tools bench-signed bench-crew
bench: bench-tools bench-signed bench-crew payloads $(BENCH)/count-qemu7.so | $(call fetched,opensbi-bookworm opensbi-sid u-boot-qemu atftpd)
	$(Q)$(call BENCH_RUN,full) $(BASE:%=--base %) $(if $(ONLY),--only "$(ONLY)")
bench-short: bench-tools
	$(Q)$(call BENCH_RUN,short)
bench-tools: $(BENCH_TOOLS) $(O)/sbi/fw_dynamic.bin | $(call fetched,u-boot-sifive opensbi-trixie)
	$(Q)$(MAKE) --no-print-directory BOARD=sifive-unleashed spl
	$(Q)$(MAKE) --no-print-directory BOARD=qemu-virt spl
	$(Q)$(MAKE) --no-print-directory BOARD=microchip-icicle spl
bench-signed:
	$(Q)$(MAKE) --no-print-directory O=$(BENCH)/signed FETCHED=$(FETCHED) BOARD=qemu-virt spl \
		VERIFY=signed KEYS=
bench-crew:
	$(Q)$(MAKE) --no-print-directory O=$(BENCH)/crew FETCHED=$(FETCHED) BOARD=sifive-unleashed spl \
		BOARD_EXTRAS=crew

.PHONY: tftp-rate
tftp-rate: | $(call fetched,u-boot-qemu atftpd)
	$(Q)$(MAKE) --no-print-directory BOARD=qemu-virt spl
	$(Q)unshare $$(test $$(id -u) = 0 || echo --map-root-user) --net $(BENCH_PYTHON) -B tests/bench/rate.py \
		--qemu qemu-system-riscv64 --spl $(O)/qemu-virt/spl/spl.bin --servers $(FETCHED)/tftp \
		--u-boot $(FETCHED)/u-boot/qemu-riscv64/u-boot.bin
