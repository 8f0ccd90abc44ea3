/* SPDX-License-Identifier: BSD-2-Clause */
/* The UART of SiFive's FU540 and FU740 (FU540-C000 manual, chapter 13). */
#include "drivers/serial/serial.h"

#include <stddef.h>

#include "lib/riscv/io.h"

#define TXDATA 0x00
#define RXDATA 0x04
#define TXCTRL 0x08
#define RXCTRL 0x0c
#define IE 0x10
#define DIV 0x18

#define TXDATA_FULL (1u << 31)
#define RXDATA_EMPTY (1u << 31)
#define CTRL_ENABLE 1u

static void sifive_init(const struct serial *serial)
{
	if (serial->clock_hz && serial->baud)
		mmio_write32(serial->base + DIV,
			     (serial->clock_hz + serial->baud - 1) / serial->baud - 1);
	mmio_write32(serial->base + IE, 0);
	mmio_write32(serial->base + TXCTRL, mmio_read32(serial->base + TXCTRL) | CTRL_ENABLE);
	mmio_write32(serial->base + RXCTRL, mmio_read32(serial->base + RXCTRL) | CTRL_ENABLE);
}

static size_t sifive_write(const struct serial *serial, const char *text, size_t length)
{
	size_t done = 0;

	while (done < length && !(mmio_read32(serial->base + TXDATA) & TXDATA_FULL))
		mmio_write32(serial->base + TXDATA, (uint8_t)text[done++]);
	return done;
}

static int sifive_rx(const struct serial *serial)
{
	uint32_t value = mmio_read32(serial->base + RXDATA);

	return value & RXDATA_EMPTY ? -1 : (int)(value & 0xff);
}

const struct serial_driver serial_sifive = {
	.compatible = (const char *const[]){ "sifive,uart0", "sifive,fu540-c000-uart0",
					     "sifive,fu540-c000-uart", NULL },
	.init = sifive_init,
	.write = sifive_write,
	.rx = sifive_rx,
};
