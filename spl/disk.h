/* SPDX-License-Identifier: BSD-2-Clause */
/* A FIT on a block device: where it is there, and reading it by bytes. */
#pragma once

#include "drivers/block/block.h"
#include "drivers/block/gpt.h"
#include "fit/source.h"
#include "fs/fat.h"

#define DISK_BLOCK_MAX 4096

struct disk {
	struct source source; /* the place on the device */
	struct block_device *block;
	struct fat fat;	      /* on @source, if the FIT is a file */
	struct fat_file file; /* the FIT */
	/* Of no blocks: there is none, or no partition table was looked into. */
	struct gpt_partition environment; /* of U-Boot's type; only among the default places */
	struct gpt_partition rollback;	  /* called "hartline-rollback" */
	uint64_t start;			  /* byte offset of @source on the device */
	uint64_t cached;		  /* block that is in cache[], + 1; 0: none */
	uint8_t cache[DISK_BLOCK_MAX] __attribute__((aligned(64)));
};

/*
 * Where FITs are looked for: a string list of places (spl/place.h) of @size bytes, which must stay.
 * NULL: the partition of SiFive's type for the stage after the SPL; /hartline.itb on the EFI system
 * partition; raw sector 2082 (512 bytes each), where that partition is by default.
 */
void disk_set_places(const char *list, uint32_t size);

/*
 * Opens the first of these places that is there on @block, and tells why those before it are not; *@source
 * then reads the FIT. ERR_GPT_..., ERR_FAT_..., ERR_BOOT_PLACE, the device's own errors.
 */
enum err disk_open(struct disk *disk, struct block_device *block, struct source **source);

/* The source of what is in this partition instead. */
struct source *disk_use(struct disk *disk, const struct gpt_partition *partition);
