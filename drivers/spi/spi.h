/* SPDX-License-Identifier: BSD-2-Clause */
/* SPI controllers: one chip select, mode 0, most significant bit first, polled. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct spi_bus;

struct spi_ops {
	/* Sets the bit rate to the fastest that is not above @hz, or the slowest there is. */
	void (*set_speed)(struct spi_bus *bus, uint32_t hz);

	/* Holds the chip select active, or lets it go; between transfers only. */
	void (*select)(struct spi_bus *bus, bool active);

	/*
	 * Moves @length bytes both ways at once: sends @tx (NULL: 0xff) and stores what comes in @rx
	 * (NULL: thrown away). @tx and @rx may be the same buffer. ERR_SPI_TIMEOUT when the
	 * controller stands still.
	 */
	enum err (*transfer)(struct spi_bus *bus, const uint8_t *tx, uint8_t *rx, size_t length);

	/*
	 * Makes the bus's window show a flash: what it answers to @command with an address of
	 * @address_bytes (1 to 4). Until @command 0, which ends that, there are no transfers.
	 */
	void (*show)(struct spi_bus *bus, uint8_t command, unsigned int address_bytes);
};

struct spi_bus {
	const struct spi_ops *ops;
	void *driver; /* the driver's own */
	/* Where the controller can show a flash as memory; of no size: nowhere. */
	const uint8_t *window;
	uint64_t window_size;
};

/* SiFive's controller, compatible "sifive,spi0" (FU540-C000 manual, chapter 19). */
struct sifive_spi {
	struct spi_bus bus;
	uintptr_t base;
	uint32_t input_hz;
	bool selected;
};

/* Brings the controller at @base, clocked by @input_hz, to rest on chip select @cs (0..31). */
void sifive_spi_init(struct sifive_spi *spi, uintptr_t base, uint32_t input_hz, unsigned int cs);
