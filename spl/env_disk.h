/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two copies of a boot environment on a block device. A write goes to the older copy, so whenever
 * the power fails one of them is whole.
 */
#pragma once

#include <stdbool.h>

#include "drivers/block/block.h"
#include "spl/env.h"

#define ENV_DISK_SIZE_MAX 0x10000U
#define ENV_DISK_SIZE 0x4000U /* where nobody says how large a copy is */

struct env_disk {
	struct env env; /* the newer copy, as changed since */
	struct block_device *block;
	uint64_t first_lba[2];
	int current; /* which copy env was read from; -1: none was whole */
	uint8_t flags;
	uint8_t copy[ENV_DISK_SIZE_MAX] __attribute__((aligned(64)));
};

/*
 * Reads the newer of the copies of @size bytes, which begin at these blocks of @block. When none is
 * whole the environment is empty, and it is ERR_ENV_DAMAGED or why they cannot be read; @disk is
 * usable all the same. ERR_ENV_PLACE: it is not.
 */
enum err env_disk_open(struct env_disk *disk, struct block_device *block,
		       const uint64_t first_lba[2], uint32_t size);

/*
 * Makes @disk->env lasting, and reads it back. On an error the copy that was current is untouched.
 * ERR_ENV_WRITE, or the device's error.
 */
enum err env_disk_save(struct env_disk *disk);
