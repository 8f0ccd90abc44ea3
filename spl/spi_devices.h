/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices on the SPI buses of the tree, for boot sources of several kinds. */
#pragma once

#include "drivers/spi/spi.h"
#include "lib/dt.h"

#define SPI_DEVICES_MAX 4

struct spi_device {
	uint64_t base;		      /* of the controller */
	uint64_t window, window_size; /* where it can show a flash as memory; size 0: nowhere */
	uint32_t select;
	uint32_t input_hz; /* the controller's clock, of which the control DTB knows */
	uint32_t hz;	   /* that the device can take */
};

struct spi_devices {
	unsigned int count;
	struct spi_device list[SPI_DEVICES_MAX];
};

/* Takes a node of @compatible on a bus that there is a driver for; the last walk counts. */
void spi_devices_visit(struct spi_devices *devices, const char *compatible,
		       const struct dt_node *node);
