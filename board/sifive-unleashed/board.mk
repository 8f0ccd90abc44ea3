# SPDX-License-Identifier: BSD-2-Clause
# SiFive HiFive Unleashed (FU540-C000); QEMU: sifive_u,msel=11.
BOARD_DRAM_BASE := 0x80000000
BOARD_SPL_ADDRESS := 0x08000000
BOARD_CONTROL_DTS := dts/sifive-unleashed.dts
BOARD_BOOT_SOURCES := ram sd_spi nor tftp serial
BOARD_NICS := gem
# Its harts have no H extension: there is no hypervisor to describe modules to.
BOARD_EXTRAS := overlays record slots
BOARD_MAX_HARTS := 5
BOARD_SOURCES := board/sifive-unleashed/board.c
BOARD_COMPRESSION := gzip lz4
BOARD_SPL_MAX := $(if $(filter signed,$(VERIFY)),0x24000,0x20000)
BOARD_CONSOLE := ttySIF0
