/* SPDX-License-Identifier: BSD-2-Clause */
/* The choice of a rollback store, and the one on a device of its own. */
#include "spl/rollback_store.h"

#include <stddef.h>

#include "spl/board.h"
#include "spl/boot_source.h"
#include "spl/disk.h"

/* What is known of the store on the named device while that is closed. */
static struct {
	struct boot_device device;
	uint64_t minimum;
	uint64_t wanted; /* 0: nothing is to be stored */
} named;

static enum err named_get(const struct rollback_store *store, uint64_t *minimum)
{
	(void)store;
	*minimum = named.minimum;
	return ERR_OK;
}

static enum err named_advance(const struct rollback_store *store, uint64_t minimum)
{
	(void)store;
	named.wanted = minimum;
	return ERR_OK;
}

static const struct rollback_ops named_ops = { .get = named_get, .advance = named_advance };
static struct rollback_store named_store;

static enum err read_minimum(const struct rollback_store *store)
{
	return rollback_get(store, &named.minimum);
}

static enum err store_wanted(const struct rollback_store *store)
{
	return rollback_advance(store, named.wanted);
}

/* Opens the named device and its store for as long as @use takes. */
static enum err with_named(enum err (*use)(const struct rollback_store *store))
{
	static const char start[] = "offset=0";
	const struct boot_source *source = named.device.source;
	struct gpt_search search = { .query = { .name = ROLLBACK_PARTITION } };
	struct rollback_store store;
	struct source *ignored;
	enum err err;

	/* No FIT is looked for. */
	disk_set_places(start, sizeof(start));
	err = source->open(named.device.index, &ignored);
	if (!err) {
		gpt_find_all(source->disk->block, &search, 1);
		err = search.err == ERR_GPT_NO_PARTITION ? ERR_ROLLBACK_NONE : search.err;
	}
	if (!err)
		err = rollback_on_disk(&store, source->disk->block, search.partition.first_lba,
				       search.partition.block_count);
	if (!err)
		err = use(&store);
	source->close();
	return err;
}

enum err rollback_store_read(const char *device)
{
	enum err err;

	named_store.ops = NULL;
	if (!device || board_rollback_store())
		return ERR_OK;
	err = boot_device_find(device, &named.device);
	if (!err && !named.device.source->disk)
		err = ERR_ROLLBACK_NONE;
	if (!err)
		err = with_named(read_minimum);
	if (!err)
		named_store.ops = &named_ops;
	return err;
}

enum err rollback_store_choose(struct disk *disk, bool required,
			       const struct rollback_store **store)
{
	static struct rollback_store on_disk;

	*store = board_rollback_store();
	if (!*store && named_store.ops)
		*store = &named_store;
	else if (!*store && disk && disk->rollback.block_count &&
		 !rollback_on_disk(&on_disk, disk->block, disk->rollback.first_lba,
				   disk->rollback.block_count))
		*store = &on_disk;
	return *store || !required ? ERR_OK : ERR_ROLLBACK_NONE;
}

enum err rollback_store_write(void)
{
	return named.wanted ? with_named(store_wanted) : ERR_OK;
}
