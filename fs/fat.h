/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files on FAT12, FAT16 and FAT32, read only (Microsoft FAT Specification, August 2005; ECMA-107 for
 * the smaller two). The volume is not trusted: a chain of clusters ends where the file's size says,
 * a directory after 65,536 entries, and nothing outside of the volume is read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "fit/source.h"

struct fat {
	struct source *volume;
	uint64_t table;		/* where the FAT begins, in bytes from the start of the volume */
	uint64_t root;		/* the root directory of FAT12 and FAT16 */
	uint64_t data;		/* cluster 2 */
	uint32_t root_size;	/* in bytes */
	uint32_t root_cluster;	/* FAT32 */
	uint32_t cluster_size;	/* in bytes */
	uint32_t cluster_limit; /* clusters are numbered 2 to less than this */
	uint8_t bits;		/* of an entry: 12, 16 or 32 */
};

struct fat_file {
	struct source source; /* to read the file by, once it is open */
	const struct fat *fat;
	uint32_t first;	  /* its first cluster */
	uint32_t index;	  /* where the last read ended: so many clusters into the file, */
	uint32_t cluster; /* which is this one */
};

/* Looks at the header of @volume, which must stay. ERR_FAT_NONE, ERR_FAT_HEADER, a read's error. */
enum err fat_open(struct fat *fat, struct source *volume);

/*
 * Opens the file at @path: "/hartline.itb", "/boot/Image.itb"; short and long names, ASCII only and
 * without regard to case. @fat must stay. ERR_FAT_NOT_FOUND, ERR_FAT_NO_FILE: a directory, or an
 * empty file. ERR_FAT_CHAIN.
 */
enum err fat_find(const struct fat *fat, const char *path, struct fat_file *file);
