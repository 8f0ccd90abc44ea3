/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an image comes from: a card, a partition, a file, flash, a server. Offset 0 is the first
 * byte of the FIT; nothing above a source knows what medium it is.
 *
 * A FIT is read in this order: header, strings block, structure block, then the data of each image
 * with ascending offsets. (Before that it may be looked into a DTB, to find out for which board it
 * is, and into a kernel that may be anywhere, to find a place for it; what is seen there is not
 * trusted.) All reads but the first and the last of a run start and end at multiples of
 * SOURCE_ALIGN, so that a block device can put the data straight to its destination.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SOURCE_ALIGN 4096

struct source {
	/*
	 * Reads exactly @length bytes, or fails. @buffer may have any alignment; what it holds
	 * after a failure is not used.
	 */
	enum err (*read)(struct source *source, uint64_t offset, void *buffer, size_t length);
	uint64_t size; /* in bytes; 0: not known, read() finds the end */
	const char *name;
};

/* ERR_SOURCE_END when the range wraps or ends beyond a known size; else what read() says. */
enum err source_read(struct source *source, uint64_t offset, void *buffer, size_t length);
