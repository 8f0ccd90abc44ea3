/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An SD card or an eMMC in a slot of an SD host controller (SD Host Controller Simplified Specification
 * 3.0), read and written by DMA: ADMA2 where the controller has it, else SDMA.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/block/block.h"

/* PCI class of an SD host controller; its first slot is behind BAR 0. */
#define SDHCI_PCI_CLASS 0x0805

#define SDHCI_ADMA_LINES 64
#define SDHCI_ADMA_LINE_WORDS 3 /* of 32 bits, at most */

/* What a board did with the controller, which cannot know it (Linux: mmc-controller.yaml). */
struct sdhci_wiring {
	uint32_t clock_hz; /* of the controller, before its divider; 0: its capabilities say */
	uint32_t max_hz;   /* that the lines are good for; 0: no limit */
	uint8_t lines;	   /* of data: 1, 4 or 8 */
	bool no_detect;	   /* nothing tells it whether a card is there: it has to be tried */
	bool no_protect;   /* nothing tells it of the switch on a card that protects it */
};

struct sdhci {
	struct block_device block; /* to read and write the card by, once it is open */
	uintptr_t base;
	struct sdhci_wiring wiring;
	uint8_t version;
	uint16_t rca;
	bool block_addressed;
	bool is_mmc;
	uint8_t partition_config; /* eMMC: that byte of its extended CSD */
	uint32_t boot_blocks;	  /* eMMC: size of each of its two boot partitions */
	bool adma;
	bool dma_64bit;
	uint32_t adma_table[SDHCI_ADMA_LINES * SDHCI_ADMA_LINE_WORDS] __attribute__((aligned(8)));
	uint8_t bounce[512] __attribute__((aligned(512))); /* for memory that DMA cannot reach */
};

/*
 * Finds the card in the slot whose registers are at @base, wakes it and sets the bus to 25 MHz and
 * 4 bits, or 8 with an eMMC that has them, as far as @wiring allows. The controller reads and writes
 * @host by DMA, and buffers should be aligned by 4; neither needs cache maintenance. Takes at most
 * about 2 s. ERR_SD_NO_CARD, ERR_SDHCI_..., ERR_SD_...
 */
enum err sdhci_open(struct sdhci *host, uintptr_t base, const struct sdhci_wiring *wiring);

/*
 * Makes @host->block read boot partition @number, 1 or 2, of an eMMC instead of its user area.
 * ERR_EMMC_PARTITION: it is an SD card, or has no such partition. ERR_SD_...
 */
enum err sdhci_select_boot_partition(struct sdhci *host, unsigned int number);

/* Resets the controller, so that it writes to no memory any more, and takes the card's power. */
void sdhci_close(struct sdhci *host);
