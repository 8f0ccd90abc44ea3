/* SPDX-License-Identifier: BSD-2-Clause */
/* An SD memory card on an SPI bus (SD Physical Layer Simplified Specification, chapter 7). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/block/block.h"
#include "drivers/spi/spi.h"

struct sd_spi {
	struct block_device block; /* to read and write the card by, once it is open */
	struct spi_bus *bus;
	uint32_t hz;	      /* bit rate now; halved when data comes in damaged */
	bool block_addressed; /* SDHC and SDXC; SDSC counts bytes */
};

/*
 * Finds the card behind @bus, wakes it and sets the bus to at most @hz (and at most 25 MHz, what
 * every card can). Takes at most about 1.5 s. The card's size stays unknown (block_count 0): not
 * every card model answers CMD9. May be called again, after a card was changed.
 * ERR_SD_NO_CARD, ERR_SD_VOLTAGE, ERR_SD_NOT_READY, ERR_SD_NOT_SD, ... (drivers/mmc/sd.h)
 */
enum err sd_spi_open(struct sd_spi *card, struct spi_bus *bus, uint32_t hz);
