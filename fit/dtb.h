/* SPDX-License-Identifier: BSD-2-Clause */
/* A look into a DTB that has not been loaded yet. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "fit/source.h"

#define DTB_COMPATIBLE_BUFFER 512U

/*
 * The `compatible` list of the root of the DTB at @position of @source, in @buffer; NULL when it is
 * not found in the first DTB_COMPATIBLE_BUFFER bytes of the structure block. What was read is not
 * verified and may be used for a first choice only.
 */
const char *dtb_compatible(struct source *source, uint64_t position, uint64_t size,
			   uint8_t buffer[DTB_COMPATIBLE_BUFFER], int *list_size);
