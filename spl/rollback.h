/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lowest `rollback-index` that this board may still run: a number that only grows. It is kept by
 * a store; one on a disk is here, a board may have a better one (spl/board.h) in OTP or flash.
 *
 * Whoever can write to a store on a disk, or exchange the disk, can set it back. What it stops is an
 * old image that is signed all right, put on the board by the update path.
 */
#pragma once

#include <stdint.h>

#include "drivers/block/block.h"

struct rollback_store;

struct rollback_ops {
	/* What is stored; 0 when nothing was ever stored. An error means that nobody knows. */
	enum err (*get)(const struct rollback_store *store, uint64_t *minimum);

	/*
	 * Stores @minimum, which is not lower than what is there; the same may be there already, or
	 * be only half there. Whenever the power fails, the old or the new value is there
	 * afterwards, on an error as well.
	 */
	enum err (*advance)(const struct rollback_store *store, uint64_t minimum);
};

struct rollback_store {
	const struct rollback_ops *ops;
	/* Of a store on a disk: two blocks with the same content. */
	struct block_device *block;
	uint64_t lba[2];
};

/* A store in the first and last of @count blocks. ERR_INVALID when these are not two. */
enum err rollback_on_disk(struct rollback_store *store, struct block_device *block,
			  uint64_t first_lba, uint64_t count);

/* ERR_ROLLBACK_STORE, or the device's error. */
enum err rollback_get(const struct rollback_store *store, uint64_t *minimum);

/*
 * Sees to it that the store has @minimum or more, and has it twice if it keeps two copies.
 * ERR_ROLLBACK_STORE, ERR_ROLLBACK_WRITE, or the device's error.
 */
enum err rollback_advance(const struct rollback_store *store, uint64_t minimum);
