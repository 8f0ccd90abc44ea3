/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where on a disk the FIT is, in words: "type=<guid>", "name=<partition>", "offset=<bytes>" or "esp",
 * the EFI system partition; and then perhaps the path of a file on the FAT there: "esp:/hartline.itb".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/block/gpt.h"
#include "lib/err.h"

struct place {
	bool is_partition; /* else @offset counts */
	bool has_name;	   /* else @type counts */
	struct guid type;
	char name[GPT_NAME_MAX + 1];
	uint64_t offset;  /* in bytes from the start of the disk */
	const char *path; /* within the text; NULL: the FIT begins right there */
};

/* ERR_BOOT_PLACE when @text is none of these. */
enum err place_parse(const char *text, struct place *place);
