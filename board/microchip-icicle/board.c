/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Icicle Kit: clocks and resets of the devices that the SPL uses (PolarFire SoC MSS technical reference,
 * SYSREG). The boot ROM leaves the MSS on its 80 MHz oscillator.
 *
 * Neither the MSS PLL nor the DDR controller is set up, whose training Microchip's HSS knows: on a
 * real board the SPL has to come after it. QEMU's memory needs nothing.
 */
#include "spl/board.h"

#include "lib/bits.h"
#include "lib/riscv/io.h"

#define SYSREG 0x20002000UL
#define SUBBLK_CLOCK (SYSREG + 0x84)
#define SOFT_RESET (SYSREG + 0x88)

#define MAC0 BIT(1)
#define MAC1 BIT(2)
#define MMC BIT(3)
#define MMUART0 BIT(5)
#define USED (uint32_t)(MAC0 | MAC1 | MMC | MMUART0)

void board_early_init(void)
{
	mmio_write32(SUBBLK_CLOCK, mmio_read32(SUBBLK_CLOCK) | USED);
	mmio_write32(SOFT_RESET, mmio_read32(SOFT_RESET) & ~USED);
}
