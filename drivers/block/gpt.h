/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a partition in a GUID partition table (UEFI specification 2.10, section 5.3). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/block/block.h"
#include "lib/err.h"

/* A GUID as it lies on the disk: the first three fields are little-endian. */
struct guid {
	uint8_t bytes[16];
};

#define GPT_NAME_MAX 36

/* What to look for; a NULL field matches anything, the first partition that matches all is it. */
struct gpt_query {
	const struct guid *type;
	const struct guid *unique;
	const char *name; /* ASCII, compared exactly */
};

struct gpt_partition {
	struct guid type;
	struct guid unique;
	uint64_t first_lba;
	uint64_t block_count;
	uint64_t attributes;
	char name[GPT_NAME_MAX + 1]; /* what is not printable ASCII is '?' */
	bool from_backup;	     /* the primary table was damaged */
};

struct gpt_search {
	struct gpt_query query;
	enum err err; /* how it went; ERR_GPT_NO_PARTITION: good table, no match */
	struct gpt_partition partition;
	uint32_t entry; /* its number in the table */
};

/*
 * Looks in the primary table of @disk, or when that is damaged in the backup: at the last block of a
 * disk whose size is known, else where the primary header or the protective MBR say. A table counts
 * only when both its CRCs and all its fields are right. Its content is not secret, not trusted.
 * ERR_GPT_NO_PARTITION: good table, no match. ERR_GPT_PARTITION: the match lies outside the usable
 * blocks. ERR_GPT_OVERLAP: it shares blocks with another partition. ERR_GPT_NONE: no table. Other
 * ERR_GPT_...: what is wrong with the primary when no backup was good either.
 */
enum err gpt_find(struct block_device *disk, const struct gpt_query *query,
		  struct gpt_partition *partition);

/*
 * The same for @count partitions in one pass over the table. What is wrong with the table, or with
 * the device, is the result, and the err of each search.
 */
enum err gpt_find_all(struct block_device *disk, struct gpt_search *searches, unsigned int count);

/* Parses "5B193300-FC78-40CD-8002-E86C45580B47", any case, nothing after it. ERR_INVALID. */
enum err guid_parse(const char *text, struct guid *guid);
