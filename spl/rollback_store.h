/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rollback store counts, the first that there is:
 *	1. the board's own, board_rollback_store();
 *	2. the one on the device that the control DTB names (hartline,rollback-store), whatever is booted
 *	   from. What is wrong with it keeps everything from booting;
 *	3. that of the disk that is booted from.
 */
#pragma once

#include <stdbool.h>

#include "spl/rollback.h"

/* The partition of a store on a disk. */
#define ROLLBACK_PARTITION "hartline-rollback"

struct disk;

/*
 * Reads the store on @device ("nor0"), before any source is open; NULL: none is named. It moves the places
 * where disks are looked into (spl/disk.h). ERR_BOOT_NAME, ERR_BOOT_NO_DEVICE, ERR_ROLLBACK_NONE,
 * ERR_ROLLBACK_STORE, errors of the table and of the device: nothing may be booted.
 */
enum err rollback_store_read(const char *device);

/*
 * The store for what is booted from @disk, which is open; NULL: from no disk. *@store is NULL when there
 * is none, and that is ERR_ROLLBACK_NONE where one is @required.
 */
enum err rollback_store_choose(struct disk *disk, bool required,
			       const struct rollback_store **store);

/*
 * Does what was asked of the store on the named device meanwhile, for it may not be open beside another
 * one. Errors are those of rollback_store_read() and rollback_advance().
 */
enum err rollback_store_write(void);
