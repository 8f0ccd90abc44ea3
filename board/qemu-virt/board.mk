# SPDX-License-Identifier: BSD-2-Clause
# QEMU's "virt" machine.
BOARD_DRAM_BASE := 0x80000000
BOARD_SPL_ADDRESS := 0x80000000
BOARD_CONTROL_DTS := dts/qemu-virt.dts
BOARD_BOOT_SOURCES := ram sdhci nvme virtio flash tftp serial
BOARD_NICS := virtio e1000e
BOARD_WATCHDOGS := i6300esb
BOARD_COMPRESSION := gzip lz4
BOARD_EXTRAS := crew modules overlays p256 pci-list record sha2 slots
# Room for a larger control tree, too.
BOARD_SPL_MAX := $(if $(filter signed,$(VERIFY)),0x28000,0x22000)
BOARD_FLASH_MSWI := 0x2000000
BOARD_FLASH_NS16550 := 0x10000000
# In place: variables between the firmware and the next stage, which is in memory of any size.
BOARD_XIP_ADDRESS := 0x20000000
BOARD_XIP_DATA := 0x80100000
BOARD_XIP_DATA_MAX := 0x100000
BOARD_CONSOLE := ttyS0
