/* SPDX-License-Identifier: BSD-2-Clause */
/* One boot source after the other: open, load, verify, prepare the DTB, hand off. */
#include "spl/boot.h"

#include <libfdt.h>

#include "fit/fit.h"
#include "fit/report.h"
#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/message.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "lib/string.h"
#include "spl/boot_record.h"
#include "spl/boot_source.h"
#include "spl/console.h"
#include "spl/crew.h"
#include "spl/disk.h"
#include "spl/fixup.h"
#include "spl/harts.h"
#include "spl/memory.h"
#include "spl/meter.h"
#include "spl/modules.h"
#include "spl/next_stage.h"
#include "spl/rollback_store.h"
#include "spl/slot_boot.h"
#include "spl/verify.h"
#include "spl/watchdog.h"

#define METADATA_MAX 0x10000
#define FDT_ROOM 0x8000 /* for the fix-ups of the SPL and of the firmware */
#define PROPERTY_MAX 48 /* a name that says of which device or slot it is */
#define TAKE_LEAST 0x100000UL
#define PLACE_BELOW 0x100000000UL /* where every device and every kernel can reach it */
#define INDEXES_COUNT (SPL_VERIFY == FIT_VERIFY_SIGNED) /* where they are signed */

/* What is being tried. */
struct attempt {
	const struct platform *platform;
	const struct boot_device *device;
	const char *name; /* of the device */
	uint32_t timeout_s;
	struct source *source;
	struct next_stage stage;
	void *dtb;
};

static struct boot_record record;
static struct memmap free_map, opened_map, map;
static struct fit fit;
static struct boot_images images;
static uint8_t metadata[METADATA_MAX] __attribute__((aligned(64)));

/* Read by all harts after they have entered the firmware. */
static struct fw_dynamic_info info;

/* entry.S: this hart's own way out */
_Noreturn void enter(uint64_t hartid, uint64_t dtb, uint64_t info, uint64_t entry);

enum err boot_take_memory(uint64_t most, uint64_t *base, uint64_t *size)
{
	enum err err = ERR_MEMORY_NO_ROOM;

	for (*size = most; *size >= TAKE_LEAST; *size /= 2) {
		err = memmap_find_high(&map, *size, SOURCE_ALIGN, PLACE_BELOW, base);
		if (!err)
			return memmap_take(&map, *base, *size, MESSAGE("what was received"));
	}
	return err;
}

static void print_loaded(uint64_t us)
{
	uint64_t total = report_print(&images);
	char size[24];

	printf("  %s in %lu ms, %lu KiB/s, VERIFY=" SPL_VERIFY_NAME "\n", size_text(total, size),
	       us / 1000, us ? total * 1000 / 1024 * 1000 / us : 0);
}

static enum err load(struct source *source, const struct platform *platform)
{
	struct fit_policy policy = {
		.configuration = platform->configuration,
		.compatible = platform->compatible,
		.compatible_size = platform->compatible_size,
		.place_below = PLACE_BELOW,
		.fdt_room = FDT_ROOM,
		.crew = FIT_CREW ? &crew : NULL,
	};
	static struct meter meter;
	uint64_t us;
	enum err err;

	verify_demand(platform, &policy);
	meter_start(&meter, source);
	err = fit_open(&fit, &meter.source, metadata, sizeof(metadata));
	if (!err)
		err = fit_load(&fit, &policy, &map, &images);
	us = meter_stop(&meter);
	if (!err)
		print_loaded(us);
	return err;
}

/* The FIT's tree stays where it was loaded; the others are copied, so that they can grow. */
static enum err place_dtb(const struct platform *platform, void **dtb, size_t *size,
			  size_t *capacity)
{
	const void *from = platform->previous_dtb;
	uint64_t to;
	enum err err;

	if (images.fdt) {
		*dtb = memmap_pointer(&map, images.fdt->load);
		*size = images.fdt->size;
		*capacity = images.fdt->memory_size;
		return ERR_OK;
	}
	*size = platform->previous_size;
	if (!from) {
		from = platform->control_dtb;
		*size = platform->control_size;
	}
	if (!from)
		return ERR_BOOT_NO_DTB;
	*capacity = *size + FDT_ROOM;
	err = memmap_find_high(&map, *capacity, 0x1000, PLACE_BELOW, &to);
	if (!err)
		err = memmap_claim(&map, to, *capacity, MESSAGE("the device tree"), NULL);
	if (err)
		return err;
	*dtb = memmap_pointer(&map, to);
	memcpy(*dtb, from, *size);
	return ERR_OK;
}

static enum err prepare_dtb(const struct platform *platform, const struct next_stage *stage,
			    const char *more_bootargs, void **dtb)
{
	struct fixups fixups = {
		.bootargs = images.bootargs ? images.bootargs : platform->bootargs,
		.more_bootargs = more_bootargs,
		.boot_hart = next_stage_boot_hart(platform),
		.keep_memory = !images.fdt && platform->memory_is_previous,
	};
	size_t size, capacity;
	enum err err;

	if (images.ramdisk) {
		fixups.initrd_start = images.ramdisk->load;
		fixups.initrd_end = images.ramdisk->load + images.ramdisk->size;
	}
	err = place_dtb(platform, dtb, &size, &capacity);
	if (!err)
		err = fixup_dtb(*dtb, size, capacity, platform, &fixups);
	if (!err && SPL_MODULES)
		err = modules_describe(*dtb, &images, stage);
	return err;
}

static _Noreturn void hand_off(const struct platform *platform, const struct next_stage *stage,
			       const void *dtb)
{
	uint64_t boot_hart = next_stage_boot_hart(platform);

	info = (struct fw_dynamic_info){
		.magic = FW_DYNAMIC_MAGIC,
		.version = FW_DYNAMIC_VERSION,
		.next_addr = stage->next ? stage->next->entry : 0,
		.next_mode = stage->next ? PRV_S : PRV_M,
		.boot_hart = boot_hart,
	};
	if (stage->next)
		printf("  %s at 0x%lx, then %s at 0x%lx on hart %lu; device tree at 0x%lx\n\n",
		       stage->first->name, stage->first->entry, stage->next->name,
		       stage->next->entry, boot_hart, (uintptr_t)dtb);
	else
		printf("  %s at 0x%lx in M-mode; device tree at 0x%lx\n\n", stage->first->name,
		       stage->first->entry, (uintptr_t)dtb);
	if (platform->keep_watchdog)
		watchdog_leave_running();
	else
		watchdog_stop();
	console_drain();
	harts_release(platform, stage->first->entry, (uintptr_t)dtb, (uintptr_t)&info);
	enter(platform->hartid, (uintptr_t)dtb, (uintptr_t)&info, stage->first->entry);
}

/* All that can fail. */
static enum err prepare(struct attempt *attempt, const char *more_bootargs)
{
	enum err err;

	map = opened_map;
	err = load(attempt->source, attempt->platform);
	if (!err)
		err = next_stage_choose(&images, &attempt->stage);
	if (!err)
		err = prepare_dtb(attempt->platform, &attempt->stage, more_bootargs, &attempt->dtb);
	record.us[TIME_LOADED] = clock_us();
	return err;
}

static const char *failure_text(enum err err)
{
	return fit.message[0] ? fit.message : err_text(err);
}

static void tell_rollback(uint64_t minimum)
{
	snprintf(fit.message, sizeof(fit.message),
		 "rollback-index %lu, but the lowest that may run here is %lu",
		 images.rollback_index, minimum);
}

/* @attempt: what failed; NULL: there is no such device. */
static void note_failure(const struct attempt *attempt, const char *name, enum err err,
			 const char *text)
{
	const struct boot_source *source = attempt ? attempt->device->source : NULL;
	const char *detail = source && source->explain ? source->explain() : "";
	struct boot_failure *failure = boot_record_failure(&record);

	failure->err = err;
	snprintf(failure->device, sizeof(failure->device), "%s", name);
	snprintf(failure->why, sizeof(failure->why), "%s%s%s%s", text, detail[0] ? " (" : "",
		 detail, detail[0] ? ")" : "");
	printf("%s: E%03d %s\n", name, err, failure->why);
}

/* The property of the control DTB's /chosen that is called @prefix and @name; NULL: there is none. */
static const void *chosen(const struct platform *platform, const char *prefix, const char *name,
			  int *size)
{
	const void *blob = platform->control_dtb;
	char text[PROPERTY_MAX];

	if (!blob)
		return NULL;
	snprintf(text, sizeof(text), "hartline,%s-%s", prefix, name);
	return fdt_getprop(blob, fdt_path_offset(blob, "/chosen"), text, size);
}

/* What the kernel is told of the slot; the control DTB may have more than a name for it. */
static const char *slot_bootargs(const struct platform *platform, const struct slot *slot)
{
	static char text[SLOT_NAME_MAX + 20];
	const char *args = chosen(platform, "bootargs", slot->name, NULL);

	if (args)
		return args;
	/* RAUC's name of the parameter (RAUC, "Identifying the booted slot"). */
	snprintf(text, sizeof(text), "rauc.slot=%s", slot->name);
	return text;
}

static enum err load_slot(void *context, const struct slot *slot,
			  const struct gpt_partition *partition, uint64_t *rollback_index)
{
	struct attempt *attempt = context;
	enum err err;

	printf("  slot %s (%s), %lu more attempts\n", slot->name, slot_choice_name(slot->choice),
	       slot->left);
	fit.message[0] = '\0';
	attempt->source = disk_use(attempt->device->source->disk, partition);
	err = prepare(attempt, slot_bootargs(attempt->platform, slot));
	*rollback_index = images.rollback_index;
	return err;
}

static const char *slot_failed(void *context, const struct slot *slot, enum err err,
			       const char *before)
{
	const struct attempt *attempt = context;
	char name[24];
	static char why[sizeof(fit.message)];

	if (err == ERR_ROLLBACK)
		tell_rollback(record.slots->rollback_minimum);
	snprintf(name, sizeof(name), "%s/%s", attempt->name, slot->name);
	snprintf(why, sizeof(why), "%s%s%s", failure_text(err), before ? "; before: " : "",
		 before ? before : "");
	/* Anybody can have written that. */
	for (char *c = why; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	note_failure(attempt, name, err, why);
	fit.message[0] = '\0';
	meter_limit(attempt->timeout_s);
	return why;
}

static enum err prepare_only_one(struct attempt *attempt, const struct rollback_store *store)
{
	uint64_t minimum = 0;
	enum err err = store ? rollback_get(store, &minimum) : ERR_OK;

	if (!err)
		err = prepare(attempt, NULL);
	if (err || images.rollback_index >= minimum)
		return err;
	tell_rollback(minimum);
	return ERR_ROLLBACK;
}

static enum err prepare_slot(struct attempt *attempt, const struct rollback_store *store)
{
	static struct slot_boot slots;
	struct disk *disk = attempt->device->source->disk;
	enum err err = ERR_NOT_FOUND;

	if (SPL_SLOTS && disk)
		err = slot_boot_open(&slots, disk->block, &disk->environment,
				     &attempt->platform->environment);
	if (err == ERR_NOT_FOUND)
		return prepare_only_one(attempt, store);
	if (err)
		return err;
	if (slots.env_err)
		printf("  E%03d %s\n", slots.env_err, err_text(slots.env_err));
	slots.context = attempt;
	slots.load = load_slot;
	slots.failed = slot_failed;
	slots.rollback = store;
	record.slots = &slots;
	return slot_boot(&slots);
}

/* Comes back when it does not work. */
static enum err try_source(struct attempt *attempt)
{
	const struct boot_source *source = attempt->device->source;
	const struct rollback_store *store = NULL;
	enum err err;

	map = free_map;
	err = source->open(attempt->device->index, &attempt->source);
	opened_map = map;
	record.slots = NULL;
	record.us[TIME_SOURCE] = clock_us();
	if (!err && INDEXES_COUNT)
		err = rollback_store_choose(source->disk, attempt->platform->rollback_required,
					    &store);
	if (!err)
		err = prepare_slot(attempt, store);
	source->close();
	if (err)
		return err;
	if (INDEXES_COUNT && record.slots && !record.slots->rollback_err)
		record.slots->rollback_err = rollback_store_write();
	record.source = attempt->name;
	record.fit = &fit;
	record.images = &images;
	if (SPL_RECORD)
		boot_record_write(&record, attempt->dtb);
	hand_off(attempt->platform, &attempt->stage, attempt->dtb);
}

static uint32_t timeout_of(const struct platform *platform, const char *device)
{
	int size;
	const void *own = chosen(platform, "source-timeout", device, &size);

	return own && size == sizeof(uint32_t) ? load_be32(own) : platform->source_timeout_s;
}

static void try_device(const struct platform *platform, const struct boot_device *device)
{
	char name[16];
	struct attempt attempt = { .platform = platform, .device = device, .name = name };
	enum err err;

	snprintf(name, sizeof(name), "%s%u", device->source->name, device->number);
	printf("%s:\n", name);
	watchdog_kick();
	fit.message[0] = '\0';
	attempt.timeout_s = timeout_of(platform, name);
	meter_limit(attempt.timeout_s);
	err = try_source(&attempt);
	note_failure(&attempt, name, err, failure_text(err));
}

static void try_ordered(const struct platform *platform)
{
	const char *name = platform->boot_order, *end = name + platform->boot_order_size;

	for (; name < end; name += strlen(name) + 1) {
		struct boot_device device;
		enum err err = boot_device_find(name, &device);

		if (err)
			note_failure(NULL, name, err, err_text(err));
		else
			try_device(platform, &device);
	}
}

static void try_all(const struct platform *platform)
{
	struct boot_device device;

	for (unsigned int i = 0; !boot_device_nth(i, &device); i++)
		try_device(platform, &device);
}

/* The store that the control DTB names for all sources, if it does. */
static enum err read_rollback_store(const struct platform *platform)
{
	int size;
	const char *device = chosen(platform, "rollback", "store", &size);
	char name[24];
	enum err err = ERR_BOOT_NAME;

	if (!device)
		return ERR_OK;
	map = free_map;
	if (size && !device[size - 1])
		err = rollback_store_read(device);
	if (!err)
		return ERR_OK;
	snprintf(name, sizeof(name), "%.*s/rollback", size, device);
	note_failure(NULL, name, err, err_text(err));
	return err;
}

void boot(const struct platform *platform)
{
	enum err err = memory_map(platform, &free_map);

	if (err) {
		printf("E%03d %s\n", err, err_text(err));
		return;
	}
	record.failure_count = 0;
	if (INDEXES_COUNT)
		err = read_rollback_store(platform);
	disk_set_places(platform->places, platform->places_size);
	record.us[TIME_SPL] = platform->started_us;
	record.us[TIME_HARTS] = clock_us();
	if (!err && platform->boot_order)
		try_ordered(platform);
	else if (!err)
		try_all(platform);

	printf("\nE%03d %s\n", ERR_BOOT_FAILED, err_text(ERR_BOOT_FAILED));
	for (unsigned int i = 0; i < record.failure_count; i++) {
		const struct boot_failure *failure = &record.failures[i];

		printf("  %-10s E%03d %s\n", failure->device, failure->err, failure->why);
	}
	if (!record.failure_count)
		printf("  there is no device to boot from\n");
}
