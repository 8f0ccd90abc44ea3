/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NOR flash on an SPI bus: its size from SFDP (JEDEC JESD216), or from the capacity in its id where there
 * is none; addresses of 3 bytes, or of 4 beyond 16 MiB. It is written, where SFDP says that it has them,
 * in sectors of 4 KiB: a block that shares one with others puts these at risk when the power fails, so
 * what must not be lost begins and ends at sectors.
 */
#pragma once

#include "drivers/block/block.h"
#include "drivers/spi/spi.h"

struct spi_nor {
	struct block_device block; /* to read the flash by, in units of 512 bytes */
	struct spi_bus *bus;
	uint64_t shown; /* of its bytes are read from the bus's window, the others over the line */
	uint8_t address_bytes;
	bool has_sectors;
};

/* Finds the flash on @bus, at up to @hz. ERR_NOR_NONE, ERR_NOR_SIZE, ERR_NOR_BUSY, ERR_SPI_TIMEOUT. */
enum err spi_nor_open(struct spi_nor *nor, struct spi_bus *bus, uint32_t hz);
