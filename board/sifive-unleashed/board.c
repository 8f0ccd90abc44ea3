/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HiFive Unleashed: the core PLL (FU540-C000 manual, chapter 7 "Clocking and Reset"). The boot ROM
 * leaves core and bus on the 33.33 MHz crystal; devices in the control DTB are described for 1 GHz.
 *
 * The DDR controller is not set up: on the real board the stage before (the vendor's FSBL) has to do
 * that. QEMU's memory needs nothing.
 */
#include "spl/board.h"

#include <stdint.h>

#include "lib/riscv/io.h"

#define MODE_SELECT 0x00001000UL
#define PRCI 0x10000000UL
#define COREPLLCFG0 (PRCI + 0x04)
#define CORECLKSEL (PRCI + 0x24)

#define CORECLKSEL_HFCLK 1u

/* VCO = 33.33 MHz * 2 * (59 + 1) = 4 GHz, divided by 2^2; the reference is in range 4, 30-50 MHz. */
#define PLL_DIVR(x) ((uint32_t)(x) << 0)
#define PLL_DIVF(x) ((uint32_t)(x) << 6)
#define PLL_DIVQ(x) ((uint32_t)(x) << 15)
#define PLL_RANGE(x) ((uint32_t)(x) << 18)
#define PLL_INTERNAL_FEEDBACK (1u << 25)
#define PLL_LOCK (1u << 31)
#define CORE_PLL_1GHZ \
	(PLL_DIVR(0) | PLL_DIVF(59) | PLL_DIVQ(2) | PLL_RANGE(4) | PLL_INTERNAL_FEEDBACK)

/* Many times the 70 us that locking takes, each turn being several cycles of 30 ns. */
#define LOCK_TURNS 100000

/* Chapter 6, "Boot Process": the switches as the boot ROM saw them. */
int board_strap(void)
{
	return (int)(mmio_read32(MODE_SELECT) & 0xf);
}

void board_early_init(void)
{
	if (!(mmio_read32(CORECLKSEL) & CORECLKSEL_HFCLK))
		return; /* the stage before has done it */
	mmio_write32(COREPLLCFG0, CORE_PLL_1GHZ);
	for (unsigned int i = 0; i < LOCK_TURNS; i++) {
		if (mmio_read32(COREPLLCFG0) & PLL_LOCK) {
			mmio_write32(CORECLKSEL, 0);
			return;
		}
	}
}
