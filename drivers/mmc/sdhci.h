/* SPDX-License-Identifier: BSD-2-Clause */
/* An SD card in a slot of an SD Host Controller (SD Host Controller Simplified Specification 3.0). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/block/block.h"

/* PCI class of an SD host controller; its first slot is behind BAR 0. */
#define SDHCI_PCI_CLASS 0x0805

#define SDHCI_ADMA_LINES 64

struct sdhci {
	struct block_device block; /* to read the card by, once it is open */
	uintptr_t base;
	uint32_t capabilities;
	uint32_t clock_hz; /* of the controller, before its divider */
	uint16_t rca;
	uint8_t version;
	bool block_addressed;
	bool dma_64bit;
	bool adma;
	/* 64 lines of 12 bytes at most, where the controller reads them. */
	uint8_t descriptors[SDHCI_ADMA_LINES * 12] __attribute__((aligned(8)));
	uint8_t bounce[512] __attribute__((aligned(512)));
};

/*
 * Finds the card in the slot whose registers are at @base, wakes it and sets the bus to 4 bits and
 * 25 MHz. @clock_hz is the controller's base clock, 0: what its capabilities say. The controller
 * masters the bus from here on: @host must stay where it is and be reachable by DMA.
 * ERR_SD_NO_CARD, ERR_SDHCI_..., ERR_SD_... (drivers/mmc/sd.h)
 */
enum err sdhci_open(struct sdhci *host, uintptr_t base, uint32_t clock_hz);

/* Stops the controller, so that nothing is written to memory any more. */
void sdhci_close(struct sdhci *host);
