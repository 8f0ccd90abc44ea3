/* SPDX-License-Identifier: BSD-2-Clause */
/* The walk over the slots of a disk: attempts, loading, rollback. */
#include "spl/slot_boot.h"

#include "lib/printf.h"
#include "lib/string.h"

/* What the environment keeps of a failure's text. */
#define WHY_MAX 100

static enum err place_copies(const struct block_device *block,
			     const struct gpt_partition *partition, const struct env_place *place,
			     uint64_t first_lba[2], uint32_t *size)
{
	uint64_t half = partition->block_count / 2;

	*size = place->size ? place->size : ENV_DISK_SIZE;
	if (place->offset[1]) {
		for (unsigned int i = 0; i < 2; i++) {
			if (place->offset[i] % block->block_size)
				return ERR_ENV_PLACE;
			first_lba[i] = place->offset[i] / block->block_size;
		}
		return ERR_OK;
	}
	if (!half)
		return ERR_NOT_FOUND;
	first_lba[0] = partition->first_lba;
	first_lba[1] = partition->first_lba + half;
	if (*size / block->block_size > half) {
		if (place->size)
			return ERR_ENV_PLACE;
		*size = (uint32_t)half * block->block_size;
	}
	return ERR_OK;
}

/* Looks for the partitions of all slots; false when there are none. */
static bool find_partitions(struct slot_boot *boot)
{
	struct slots *slots = &boot->slots;
	bool any = false;

	for (unsigned int i = 0; i < slots->count; i++) {
		char *name = boot->names[i];

		snprintf(name, sizeof(boot->names[i]), "fit-%s", slots->all[i].name);
		for (; *name; name++)
			*name = *name >= 'A' && *name <= 'Z' ? (char)(*name | ' ') : *name;
		boot->partitions[i] = (struct gpt_search){ .query.name = boot->names[i] };
	}
	gpt_find_all(boot->env.block, boot->partitions, slots->count);
	for (unsigned int i = 0; i < slots->count; i++) {
		slots->all[i].present = !boot->partitions[i].err;
		any |= slots->all[i].present;
	}
	return any;
}

enum err slot_boot_open(struct slot_boot *boot, struct block_device *block,
			const struct gpt_partition *partition, const struct env_place *place)
{
	uint64_t first_lba[2];
	uint32_t size;
	enum err err = place_copies(block, partition, place, first_lba, &size);

	if (err)
		return err;
	boot->env_err = env_disk_open(&boot->env, block, first_lba, size);
	if (boot->env_err == ERR_ENV_PLACE)
		return ERR_ENV_PLACE;
	slots_read(&boot->slots, &boot->env.env);
	return find_partitions(boot) ? ERR_OK : ERR_NOT_FOUND;
}

/* Those of the order that are not even tried first. */
static void tell_of_passed_over(struct slot_boot *boot)
{
	for (unsigned int i = 0; i < boot->slots.count; i++) {
		const struct slot *slot = &boot->slots.all[i];

		if (!slot->ordered || (slot->present && slot->left))
			continue;
		boot->failed(boot->context, slot,
			     slot->present ? ERR_SLOT_ATTEMPTS : boot->partitions[i].err,
			     slots_old_failure(slot, &boot->env.env));
	}
}

/*
 * A board that cannot write must boot all the same: it only does not count. One whose environment is
 * full (@so_far) writes what has found room.
 */
static void save(struct slot_boot *boot, enum err so_far)
{
	enum err err = env_disk_save(&boot->env);

	if (!err)
		err = so_far;
	if (err)
		boot->env_err = err;
}

static void note_failure(struct slot_boot *boot, const struct slot *slot, enum err err)
{
	char why[WHY_MAX];

	snprintf(why, sizeof(why), "%s", boot->failed(boot->context, slot, err, NULL));
	/* Without it nothing but a text is lost. */
	slots_note_failure(slot, why, &boot->env.env);
}

static enum err try_slot(struct slot_boot *boot, const struct slot *slot, uint64_t *index)
{
	const struct gpt_search *search = &boot->partitions[slot - boot->slots.all];
	enum err err;

	save(boot, slots_note_start(&boot->slots, slot, &boot->env.env));
	*index = 0;
	err = boot->load(boot->context, slot, &search->partition, index);
	if (!err && boot->rollback && *index < boot->rollback_minimum)
		err = ERR_ROLLBACK;
	return err;
}

/* What is known of the slot now that it is loaded. */
static void settle(struct slot_boot *boot, const struct slot *slot, uint64_t index)
{
	bool changed;
	enum err err;

	boot->slot = slot;
	if (!boot->rollback)
		return;
	if (slots_confirmed(&boot->slots, slot, &boot->env.env, index)) {
		boot->rollback_err = rollback_advance(boot->rollback, index);
		return;
	}
	err = slots_note_index(&boot->env.env, index, &changed);
	if (err || changed)
		save(boot, err);
}

enum err slot_boot(struct slot_boot *boot)
{
	const struct slot *slot;

	if (boot->rollback) {
		enum err err = rollback_get(boot->rollback, &boot->rollback_minimum);

		if (err)
			return err;
	}
	tell_of_passed_over(boot);
	while ((slot = slots_next(&boot->slots))) {
		uint64_t index;
		enum err err = try_slot(boot, slot, &index);

		if (!err) {
			settle(boot, slot, index);
			return ERR_OK;
		}
		note_failure(boot, slot, err);
	}
	save(boot, ERR_OK);
	return ERR_SLOT_NONE;
}
