# SPDX-License-Identifier: BSD-2-Clause
# Microchip PolarFire SoC Icicle Kit (MPFS250T); QEMU: microchip-icicle-kit. Harts start in the eNVM of
# 128 KiB; the SPL moves to L2-LIM.
BOARD_DRAM_BASE := 0x80000000
BOARD_SPL_ADDRESS := 0x08000000
BOARD_SPL_IMAGE := spl-flash.bin
BOARD_CONTROL_DTS := dts/microchip-icicle.dts
BOARD_BOOT_SOURCES := ram sdhci_cdns tftp serial
BOARD_NICS := gem
BOARD_MAX_HARTS := 5
BOARD_COMPRESSION := gzip lz4
BOARD_EXTRAS := crew overlays record slots
BOARD_FLASH_MSWI := 0x2000000
BOARD_SPL_MAX := 0x1f000
BOARD_SOURCES := board/microchip-icicle/board.c
BOARD_CONSOLE := ttyS0
