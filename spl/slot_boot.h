/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting from a disk that has slots: a boot environment, and partitions called "fit-<slot>" in lower
 * case ("fit-a"). Each start is paid for in the environment before anything of the slot is read, so
 * that whatever goes wrong with it - in here, too - happens a few times only.
 */
#pragma once

#include "drivers/block/gpt.h"
#include "spl/env_disk.h"
#include "spl/rollback.h"
#include "spl/slots.h"

/* 0: a build that knows no slots. */
#ifndef SPL_SLOTS
#define SPL_SLOTS 1
#endif

/* Where the environment is, as the control DTB has it; all 0: in its partition. */
struct env_place {
	uint64_t offset[2]; /* of the copies, in bytes from the start of the disk */
	uint32_t size; /* of a copy; 0: ENV_DISK_SIZE, or half of the partition if that is less */
};

struct slot_boot {
	void *context; /* of load() and failed() */

	/*
	 * Loads and verifies what is in a slot's partition, up to where only starting it remains.
	 * *@rollback_index is then what it says.
	 */
	enum err (*load)(void *context, const struct slot *slot,
			 const struct gpt_partition *partition, uint64_t *rollback_index);

	/*
	 * Is told that a slot cannot be started, and why. @before: why not in an earlier boot, NULL:
	 * that is not known. Returns a line of text, of which the environment keeps the beginning.
	 */
	const char *(*failed)(void *context, const struct slot *slot, enum err err,
			      const char *before);

	/*
	 * Keeps the lowest rollback index that may run; NULL: indexes do not count, as they do not
	 * where they are not signed.
	 */
	const struct rollback_store *rollback;

	/* What came of it */
	const struct slot *slot;   /* the one that is loaded */
	enum err env_err;	   /* what is wrong with the environment */
	enum err rollback_err;	   /* why the store was not brought up to date */
	uint64_t rollback_minimum; /* what it had before */

	/* For slot_boot.c only */
	struct env_disk env;
	struct slots slots;
	struct gpt_search partitions[SLOTS_MAX];
	char names[SLOTS_MAX][SLOT_NAME_MAX + 5];
};

/*
 * Looks for an environment - in @partition, unless @place says where - and slots on @block.
 * ERR_NOT_FOUND when there is none of the one or the other: then nothing may be written there.
 */
enum err slot_boot_open(struct slot_boot *boot, struct block_device *block,
			const struct gpt_partition *partition, const struct env_place *place);

/*
 * Loads one slot after the other until one can be started. The store follows the index of a slot
 * that was started before with this index, and that its OS has confirmed: so the lowest index that
 * may run is never above that of a slot which is known to boot.
 * ERR_SLOT_NONE, or why the rollback store cannot be read.
 */
enum err slot_boot(struct slot_boot *boot);
