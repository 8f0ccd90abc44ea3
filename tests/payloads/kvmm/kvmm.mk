# SPDX-License-Identifier: BSD-2-Clause
# A hypervisor under Linux: initrds to append to the usual one, with KVM, kvmm and a guest for it.
KVM := $(P)/kvm
# Programs for Linux want a compiler with a libc, whatever the firmware is built with.
USER_CC ?= $(CROSS_COMPILE)gcc
USER_CFLAGS := -static -O2 -Wall -Wextra -Werror

$(KVM)/%: tests/payloads/kvmm/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(USER_CC) $(USER_CFLAGS) -pthread -o $@ $<
$(KVM)/perf: tests/payloads/user/perf.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(USER_CC) $(USER_CFLAGS) -o $@ $<
$(KVM)/guest.dtb: tests/payloads/kvmm/guest.dts
	@mkdir -p $(@D)
	$(Q)dtc -q -O dtb -o $@ $<
$(KVM)/kvm.ko: | $(call fetched,linux)
	@mkdir -p $(@D)
	$(Q)xz -dc $(FETCHED)/linux/modules/*/kernel/arch/riscv/kvm/kvm.ko.xz > $@

# $(call kvm_initrd,<name>,<file>...): the files in a directory /kvm.
define kvm_initrd
$(KVM)/$(1).cpio.gz: scripts/mkinitrd $(2)
	$$(call say,INITRD,$$@)
	$$(Q)rm -rf $(KVM)/$(1).root && mkdir -p $(KVM)/$(1).root/kvm
	$$(Q)install -m 755 $(2) $(KVM)/$(1).root/kvm
	$$(Q)scripts/mkinitrd $(KVM)/$(1).root $$@
endef
$(KVM)/guest-initrd.cpio.gz: scripts/mkinitrd $(KVM)/init
	$(Q)rm -rf $(KVM)/guest.root && mkdir -p $(KVM)/guest.root/dev && install -m 755 $(KVM)/init $(KVM)/guest.root
	$(Q)scripts/mkinitrd $(KVM)/guest.root $@
$(eval $(call kvm_initrd,small,$(addprefix $(KVM)/,kvmm kvm.ko guest.dtb perf) $(P)/kvm-guest.bin))
$(eval $(call kvm_initrd,linux,$(addprefix $(KVM)/,kvmm kvm.ko guest.dtb guest-initrd.cpio.gz) \
	$(FETCHED)/linux/Image))

#: make kvmm            a small VMM for Linux's KVM and guests for it: docs/hypervisors.md
.PHONY: kvmm
kvmm: $(KVM)/small.cpio.gz $(KVM)/linux.cpio.gz
