/* SPDX-License-Identifier: BSD-2-Clause */
/* One boot source after the other: open, load, verify, prepare the DTB, hand off. */
#include "spl/boot.h"

#include "fit/fit.h"
#include "fit/report.h"
#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/riscv/csr.h"
#include "lib/string.h"
#include "spl/boot_source.h"
#include "spl/console.h"
#include "spl/disk.h"
#include "spl/fixup.h"
#include "spl/harts.h"
#include "spl/memory.h"
#include "spl/meter.h"
#include "spl/modules.h"
#include "spl/next_stage.h"
#include "spl/verify.h"

#define MAX_ATTEMPTS 16
#define METADATA_MAX 0x10000
#define FDT_ROOM 0x8000 /* for the fix-ups of the SPL and of the firmware */
#define TAKE_LEAST 0x100000UL
#define PLACE_BELOW 0x100000000UL /* where every device and every kernel can reach it */

/* How it went with one device. */
struct attempt {
	char device[16];
	enum err err;
	char why[300];
};

static struct attempt attempts[MAX_ATTEMPTS];
static unsigned int attempt_count;

static struct memmap free_map, map;
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
			return memmap_take(&map, *base, *size, "what was received");
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
		.compatible = platform->compatible,
		.compatible_size = platform->compatible_size,
		.place_below = PLACE_BELOW,
		.fdt_room = FDT_ROOM,
	};
	static struct meter meter;
	uint64_t us;
	enum err err;

	verify_demand(platform, &policy);
	meter_start(&meter, source, platform->source_timeout_s);
	err = fit_open(&fit, &meter.source, metadata, sizeof(metadata));
	if (!err)
		err = fit_load(&fit, &policy, &map, &images);
	us = meter_stop(&meter);
	if (!err)
		print_loaded(us);
	return err;
}

/* The FIT's tree stays where it was loaded; the others are copied, so that they can grow. */
static enum err place_dtb(const struct platform *platform, void **dtb, size_t *capacity)
{
	const void *from = platform->previous_dtb;
	size_t size = platform->previous_size;
	uint64_t to;
	enum err err;

	if (images.fdt) {
		*dtb = memmap_pointer(&map, images.fdt->load);
		*capacity = images.fdt->memory_size;
		return ERR_OK;
	}
	if (!from) {
		from = platform->control_dtb;
		size = platform->control_size;
	}
	if (!from)
		return ERR_BOOT_NO_DTB;
	*capacity = size + FDT_ROOM;
	err = memmap_find_high(&map, *capacity, 0x1000, PLACE_BELOW, &to);
	if (!err)
		err = memmap_claim(&map, to, *capacity, "the device tree", NULL);
	if (err)
		return err;
	*dtb = memmap_pointer(&map, to);
	memcpy(*dtb, from, size);
	return ERR_OK;
}

static enum err prepare_dtb(const struct platform *platform, const struct next_stage *stage,
			    void **dtb)
{
	struct fixups fixups = {
		.bootargs = images.bootargs ? images.bootargs : platform->bootargs,
		.boot_hart = next_stage_boot_hart(platform),
		.keep_memory = !images.fdt && platform->memory_is_previous,
	};
	size_t capacity;
	enum err err;

	if (images.ramdisk) {
		fixups.initrd_start = images.ramdisk->load;
		fixups.initrd_end = images.ramdisk->load + images.ramdisk->size;
	}
	err = place_dtb(platform, dtb, &capacity);
	if (!err)
		err = fixup_dtb(*dtb, capacity, platform, &fixups);
	return err ? err : modules_describe(*dtb, &images, stage);
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
	console_drain();
	harts_release(platform, stage->first->entry, (uintptr_t)dtb, (uintptr_t)&info);
	enter(platform->hartid, (uintptr_t)dtb, (uintptr_t)&info, stage->first->entry);
}

/* Comes back when it does not work. */
static enum err try_source(const struct platform *platform, const struct boot_device *device)
{
	struct next_stage stage;
	struct source *source;
	void *dtb;
	enum err err;

	map = free_map;
	err = device->source->open(device->index, &source);
	if (!err)
		err = load(source, platform);
	device->source->close();
	if (!err)
		err = next_stage_choose(&images, &stage);
	if (!err)
		err = prepare_dtb(platform, &stage, &dtb);
	if (!err)
		hand_off(platform, &stage, dtb);
	return err;
}

/* @source: whose device failed; NULL: there is none of that name */
static void note_attempt(const char *device, enum err err, const struct boot_source *source)
{
	const char *detail = source && source->explain ? source->explain() : "";
	const char *text = fit.message[0] ? fit.message : err_text(err);
	struct attempt *attempt = &attempts[MIN(attempt_count, MAX_ATTEMPTS - 1u)];

	snprintf(attempt->device, sizeof(attempt->device), "%s", device);
	snprintf(attempt->why, sizeof(attempt->why), "%s%s%s%s", text, detail[0] ? " (" : "",
		 detail, detail[0] ? ")" : "");
	attempt->err = err;
	printf("%s: E%03d %s\n", device, err, attempt->why);
	attempt_count = MIN(attempt_count + 1, (unsigned int)MAX_ATTEMPTS);
}

static void try_device(const struct platform *platform, const struct boot_device *device)
{
	char name[16];

	snprintf(name, sizeof(name), "%s%u", device->source->name, device->number);
	printf("%s:\n", name);
	note_attempt(name, try_source(platform, device), device->source);
}

static void try_ordered(const struct platform *platform)
{
	const char *name = platform->boot_order, *end = name + platform->boot_order_size;

	for (; name < end; name += strlen(name) + 1) {
		struct boot_device device;
		enum err err;

		fit.message[0] = '\0';
		err = boot_device_find(name, &device);
		if (err)
			note_attempt(name, err, NULL);
		else
			try_device(platform, &device);
	}
}

static void try_all(const struct platform *platform)
{
	struct boot_device device;

	for (unsigned int i = 0; !boot_device_nth(i, &device); i++) {
		fit.message[0] = '\0';
		try_device(platform, &device);
	}
}

void boot(const struct platform *platform)
{
	enum err err = memory_map(platform, &free_map);

	if (err) {
		printf("E%03d %s\n", err, err_text(err));
		return;
	}
	attempt_count = 0;
	disk_set_places(platform->places, platform->places_size);
	if (platform->boot_order)
		try_ordered(platform);
	else
		try_all(platform);

	printf("\nE%03d %s\n", ERR_BOOT_FAILED, err_text(ERR_BOOT_FAILED));
	for (unsigned int i = 0; i < attempt_count; i++)
		printf("  %-10s E%03d %s\n", attempts[i].device, attempts[i].err, attempts[i].why);
	if (!attempt_count)
		printf("  there is no device to boot from\n");
}
