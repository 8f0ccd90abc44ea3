/* SPDX-License-Identifier: BSD-2-Clause */
/* A FIT on a block device: where it is there, and reading it by bytes. */
#pragma once

#include "drivers/block/block.h"
#include "fit/source.h"

#define DISK_BLOCK_MAX 4096

struct disk {
	struct source source;
	struct block_device *block;
	uint64_t start;	 /* byte offset of the FIT on the device */
	uint64_t cached; /* block that is in cache[], + 1; 0: none */
	uint8_t cache[DISK_BLOCK_MAX] __attribute__((aligned(64)));
};

/*
 * Finds the FIT on @block: the partition of SiFive's type for the stage after the SPL, or without
 * one raw sector 2082 (512 bytes each), where that partition is by default. Says what is odd about
 * the partition table. @disk->source then reads the FIT. Only the device's own errors.
 */
enum err disk_open(struct disk *disk, struct block_device *block);
