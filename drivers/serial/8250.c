/* SPDX-License-Identifier: BSD-2-Clause */
/* 16550-compatible UARTs: QEMU virt, JH7110 (DesignWare), MPFS. */
#include "drivers/serial/serial.h"

#include <stddef.h>

#include "lib/bits.h"
#include "lib/riscv/io.h"

#define RBR 0 /* THR when written, DLL with DLAB */
#define IER 1 /* DLM with DLAB */
#define FCR 2
#define LCR 3
#define MCR 4
#define LSR 5

#define FCR_ENABLE_AND_CLEAR 0x07
#define LCR_8N1 0x03
#define LCR_DLAB 0x80
#define MCR_DTR_RTS 0x03
#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY 0x20

#define TX_FIFO_SIZE 16

static uint8_t reg_read(const struct serial *serial, unsigned int reg)
{
	uintptr_t addr = serial->base + ((uintptr_t)reg << serial->reg_shift);

	return serial->reg_width == 4 ? (uint8_t)mmio_read32(addr) : mmio_read8(addr);
}

static void reg_write(const struct serial *serial, unsigned int reg, uint8_t value)
{
	uintptr_t addr = serial->base + ((uintptr_t)reg << serial->reg_shift);

	if (serial->reg_width == 4)
		mmio_write32(addr, value);
	else
		mmio_write8(addr, value);
}

static void uart8250_init(const struct serial *serial)
{
	reg_write(serial, IER, 0);
	if (serial->clock_hz && serial->baud) {
		uint32_t divisor = (serial->clock_hz + serial->baud * 8) / (serial->baud * 16);

		reg_write(serial, LCR, LCR_8N1 | LCR_DLAB);
		reg_write(serial, RBR, (uint8_t)divisor);
		reg_write(serial, IER, (uint8_t)(divisor >> 8));
	}
	reg_write(serial, LCR, LCR_8N1);
	reg_write(serial, FCR, FCR_ENABLE_AND_CLEAR);
	reg_write(serial, MCR, MCR_DTR_RTS);
}

static void fill_fifo(const struct serial *serial, const char *text, size_t length)
{
	uintptr_t thr = serial->base;

	if (serial->reg_width == 4) {
		for (size_t i = 0; i < length; i++)
			mmio_write32(thr, (uint8_t)text[i]);
	} else {
		for (size_t i = 0; i < length; i++)
			mmio_write8(thr, (uint8_t)text[i]);
	}
}

static size_t uart8250_write(const struct serial *serial, const char *text, size_t length)
{
	size_t done = 0;

	/* An empty holding register in FIFO mode means an empty FIFO. */
	while (done < length && reg_read(serial, LSR) & LSR_THR_EMPTY) {
		size_t part = MIN(length - done, (size_t)TX_FIFO_SIZE);

		fill_fifo(serial, text + done, part);
		done += part;
	}
	return done;
}

static int uart8250_rx(const struct serial *serial)
{
	return reg_read(serial, LSR) & LSR_DATA_READY ? reg_read(serial, RBR) : -1;
}

const struct serial_driver serial_8250 = {
	.compatible = (const char *const[]){ "ns16550a", "ns16550", "snps,dw-apb-uart",
					     "starfive,jh7110-uart", NULL },
	.init = uart8250_init,
	.write = uart8250_write,
	.rx = uart8250_rx,
};
