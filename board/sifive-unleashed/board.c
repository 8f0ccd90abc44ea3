/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HiFive Unleashed: the core PLL (FU540-C000 manual, chapter 7 "Clocking and Reset"). The boot ROM
 * leaves core and bus on the 33.33 MHz crystal; devices in the control DTB are described for 1 GHz.
 * The Ethernet address, made of the serial number in the OTP (there, "One-Time Programmable Memory").
 *
 * The DDR controller is not set up: on the real board the stage before (the vendor's FSBL) has to do
 * that. QEMU's memory needs nothing.
 */
#include "spl/board.h"

#include <stdint.h>

#include "lib/clock.h"
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

#define OTP 0x10070000UL
#define OTP_PA (OTP + 0x00)    /* which fuse: 32 bits */
#define OTP_PCE (OTP + 0x0c)   /* enables the macro */
#define OTP_PCLK (OTP + 0x10)  /* a pulse reads */
#define OTP_PDOUT (OTP + 0x18) /* what was read */
#define OTP_PDSTB (OTP + 0x1c) /* leaves deep standby */
#define OTP_PTRIM (OTP + 0x34) /* enables repaired cells */
#define OTP_PULSE_US 50

/* A serial number is in two fuses, the second its complement; the last such pair counts. */
#define OTP_LAST_SERIAL 0xfe

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

static void otp_clock(uint32_t level)
{
	uint64_t deadline = deadline_after(OTP_PULSE_US);

	mmio_write32(OTP_PCLK, level);
	while (!deadline_passed(deadline))
		;
}

static uint32_t otp_read(uint32_t fuse)
{
	mmio_write32(OTP_PA, fuse);
	otp_clock(1);
	otp_clock(0);
	return mmio_read32(OTP_PDOUT);
}

bool board_mac(uint8_t mac[6])
{
	uint32_t fuse, serial = 0;

	mmio_write32(OTP_PDSTB, 1);
	mmio_write32(OTP_PTRIM, 1);
	mmio_write32(OTP_PCE, 1);
	for (fuse = OTP_LAST_SERIAL; fuse; fuse -= 2) {
		serial = otp_read(fuse);
		if (serial == ~otp_read(fuse + 1))
			break;
	}
	mmio_write32(OTP_PCE, 0);
	mmio_write32(OTP_PTRIM, 0);
	mmio_write32(OTP_PDSTB, 0);
	if (!fuse || !serial)
		return false;
	/* SiFive's block of addresses; the last of its bits are the serial number's. */
	mac[0] = 0x70;
	mac[1] = 0xb3;
	mac[2] = 0xd5;
	mac[3] = (uint8_t)(0x92 | serial >> 16);
	mac[4] = (uint8_t)(0xf0 | serial >> 8);
	mac[5] = (uint8_t)serial;
	return true;
}
