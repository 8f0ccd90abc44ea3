# SPDX-License-Identifier: BSD-2-Clause
# QEMU's "virt" machine.
BOARD_DRAM_BASE := 0x80000000
BOARD_SPL_ADDRESS := 0x80000000
BOARD_CONTROL_DTS := dts/qemu-virt.dts
BOARD_BOOT_SOURCES := sdhci virtio
BOARD_COMPRESSION := gzip lz4 zstd
BOARD_CONSOLE := ttyS0
BOARD_SPL_MAX := 0x20000
