/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices that are read and written in blocks. Drivers embed a block_device; nothing above knows which it is. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct block_device;

/* A stage that never writes is built without what would do it. */
#ifndef BLOCK_WRITES
#define BLOCK_WRITES 1
#endif
#define BLOCK_WRITE(function) (BLOCK_WRITES ? (function) : NULL)

struct block_ops {
	/* Reads @count >= 1 blocks from @lba; block_read() has checked them against block_count. */
	enum err (*read)(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer);

	/* The same the other way; NULL: the device, or its driver, can only read. */
	enum err (*write)(struct block_device *dev, uint64_t lba, uint32_t count,
			  const void *buffer);
};

struct block_device {
	const struct block_ops *ops;
	void *driver;	      /* the driver's own */
	const char *name;     /* for messages: "sd card", "virtio-blk" */
	uint32_t block_size;  /* bytes; a power of 2, 512..4096 */
	uint64_t block_count; /* 0: unknown */
};

/*
 * Reads @count blocks from block @lba to @buffer (count * block_size bytes, any alignment, aligned
 * by 8 is fastest). A count of 0 reads nothing. On an error the content of @buffer is undefined.
 * ERR_BLOCK_RANGE when a block is beyond the end or the numbers wrap; else the driver's error.
 */
enum err block_read(struct block_device *dev, uint64_t lba, uint32_t count, void *buffer);

/*
 * Writes @count blocks from @buffer, which has to be as for block_read(). On ERR_OK the device has
 * said that they are in its lasting memory. On an error any of them may hold the old content, the
 * new one, or neither; so may the one that is written when the power fails.
 * ERR_BLOCK_READ_ONLY, ERR_BLOCK_RANGE, or the driver's error.
 */
enum err block_write(struct block_device *dev, uint64_t lba, uint32_t count, const void *buffer);
