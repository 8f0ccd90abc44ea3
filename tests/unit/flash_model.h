/* SPDX-License-Identifier: BSD-2-Clause */
/* An SPI NOR flash of 16 MiB, by its commands; what its cells hold is the test's. */
#pragma once

#include "drivers/spi/spi.h"

#define FLASH_SECTOR 4096U
#define FLASH_PAGE 256U

struct flash_cells {
	void (*read)(uint32_t at, uint8_t *bytes, size_t length);
	void (*erase)(uint32_t at); /* FLASH_SECTOR bytes */
	/* At most to the end of a page; cells only go from one to zero. */
	void (*program)(uint32_t at, const uint8_t *bytes, size_t length);
};

struct spi_bus *flash_model(const struct flash_cells *cells);
