/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a FIT, and loading what a configuration names: all is checked and placed, then read. */
#include "fit/fit.h"

#include <libfdt.h>

#include "fit/internal.h"
#include "fit/linux_image.h"
#include "fit/overlay.h"
#include "fit/tree.h"
#include "lib/bits.h"
#include "lib/printf.h"
#include "lib/string.h"

#define PLACE_ALIGN 0x1000
#define UNPACK_FACTOR 4	      /* what a packed kernel that may be anywhere is expected to grow by */
#define UNPACK_LEAST 0x100000 /* what one that may be anywhere can grow to for certain */
#define DTB_ALIGN 8
#define OVERLAY_ROOM 0x400 /* what one may add beyond its size: longer paths in __symbols__ */

enum err(fit_fail)(struct fit *fit, enum err err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fit->message, sizeof(fit->message), format, args);
	va_end(args);
	/* Values of properties are in it; they shall not steer a terminal. */
	for (char *c = fit->message; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	return err;
}

enum err fit_string(struct fit *fit, int node, const char *property, int index, const char **value)
{
	int length;

	*value = fdt_stringlist_get(fit->tree, node, property, index, &length);
	if (*value || length == -FDT_ERR_NOTFOUND)
		return ERR_OK;
	return fit_fail(fit, ERR_FIT_PROPERTY, "%s: its property %s is not text",
			fdt_get_name(fit->tree, node, NULL), property);
}

bool fit_list_has(const char *list, size_t size, const char *text)
{
	while (size) {
		size_t length = strnlen(list, size);

		if (length == size)
			return false;
		if (!strcmp(list, text))
			return true;
		list += length + 1;
		size -= length + 1;
	}
	return false;
}

enum err fit_number(struct fit *fit, int node, const char *property, uint64_t *value, bool *present)
{
	int size;
	const void *cells = fdt_getprop(fit->tree, node, property, &size);

	*present = cells != NULL;
	*value = 0;
	if (!cells)
		return ERR_OK;
	if (size != 4 && size != 8)
		return fit_fail(fit, ERR_FIT_PROPERTY,
				"%s: its property %s is not one or two cells",
				fdt_get_name(fit->tree, node, NULL), property);
	*value = size == 4 ? load_be32(cells) : load_be64(cells);
	return ERR_OK;
}

enum err fit_open(struct fit *fit, struct source *source, void *buffer, size_t capacity)
{
	fit->source = source;
	fit->tree = buffer;
	fit->message[0] = '\0';
	return tree_read(fit, buffer, capacity);
}

/* What the header of a Linux kernel says; from the source, or where the kernel has been loaded. */
static enum err parse_header(struct fit *fit, const struct fit_image *image, const uint8_t *header,
			     uint64_t *memory_size)
{
	enum err err = linux_image_parse(header, image->size, memory_size);

	return err ? fit_fail(fit, err, "images/%s: %s", image->name, err_text(err)) : ERR_OK;
}

/* What the image may be when it is loaded; of one that is packed nobody knows. */
static uint64_t likely_size(const struct fit_image *image)
{
	return image->decompressor ? image->size * UNPACK_FACTOR : image->size;
}

/* Room behind the DTB, for what its overlays and the SPL add to it. */
static uint64_t fdt_room(const struct fit_policy *policy, const struct boot_images *images)
{
	uint64_t room = policy->fdt_room;

	for (unsigned int i = 0; i < images->count; i++) {
		const struct fit_image *image = &images->all[i];

		if (image->role == FIT_FDT && image != images->fdt)
			room += likely_size(image) + OVERLAY_ROOM;
	}
	return room;
}

/*
 * How much memory an image needs, as far as it has to be known in advance. Only a kernel that can
 * go anywhere is looked into before it is placed: a source may be a stream.
 */
static enum err measure(struct fit *fit, const struct fit_policy *policy,
			const struct boot_images *images, struct fit_image *image)
{
	uint8_t header[LINUX_IMAGE_HEADER_SIZE] = { 0 };
	enum err err;

	if (image == images->fdt)
		image->memory_size += fdt_room(policy, images);
	if (!image_is_linux(image))
		return ERR_OK;
	if (image->has_load) {
		if (!(image->load % LINUX_IMAGE_ALIGN))
			return ERR_OK;
		return fit_fail(fit, ERR_KERNEL_ALIGN,
				"images/%s: load is 0x%lx, expected a multiple of 0x%lx",
				image->name, image->load, LINUX_IMAGE_ALIGN);
	}
	if (image->decompressor) {
		image->memory_size = likely_size(image);
		return ERR_OK;
	}
	err = source_read(fit->source, image->position, header, MIN(image->size, sizeof(header)));
	if (err)
		return fit_fail(fit, err, "images/%s: cannot read at 0x%lx: %s", image->name,
				image->position, err_text(err));
	return parse_header(fit, image, header, &image->memory_size);
}

static enum err claim(struct fit *fit, struct memmap *map, const struct fit_image *image,
		      uint64_t base, uint64_t size)
{
	const struct memory_window *other;
	enum err err = memmap_claim(map, base, size, image->name, &other);

	if (err == ERR_MEMORY_TAKEN)
		return fit_fail(fit, err,
				"images/%s: 0x%lx bytes at 0x%lx would overwrite %s at 0x%lx",
				image->name, size, base, other->name, other->base);
	if (err)
		return fit_fail(fit, err, "images/%s: 0x%lx bytes at 0x%lx: %s", image->name, size,
				base, err_text(err));
	return ERR_OK;
}

/* U-Boot, if that is what will use the DTB. */
static const struct fit_image *find_u_boot(const struct boot_images *images)
{
	const struct fit_image *last = images->next ? images->next : images->firmware;

	return last && last->os == FIT_OS_U_BOOT ? last : NULL;
}

/* Finds a place for an image that leaves it to us. U-Boot looks for its DTB behind its own end. */
static enum err place(struct fit *fit, const struct fit_policy *policy, const struct memmap *map,
		      const struct boot_images *images, struct fit_image *image)
{
	const struct fit_image *u_boot = find_u_boot(images);
	enum err err = ERR_OK;

	if (image == images->fdt && u_boot && !u_boot->decompressor)
		image->load = align_up(u_boot->load + u_boot->size, DTB_ALIGN);
	else if (image->type == FIT_TYPE_KERNEL_NOLOAD)
		err = memmap_find_low(map, image->memory_size, LINUX_IMAGE_ALIGN,
				      policy->place_below, &image->load);
	else {
		/* It ends where another one begins. */
		if (image->decompressor)
			image->memory_size = MAX(image->memory_size, (uint64_t)UNPACK_LEAST);
		err = memmap_find_high(map, image->memory_size, PLACE_ALIGN, policy->place_below,
				       &image->load);
	}
	if (err)
		return fit_fail(fit, err, "images/%s: no free memory for 0x%lx bytes", image->name,
				image->memory_size);
	return ERR_OK;
}

static void settle_entry(struct fit_image *image)
{
	if (!image->has_entry)
		image->entry = image->load;
	else if (image->type == FIT_TYPE_KERNEL_NOLOAD)
		image->entry += image->load;
}

static enum err check_entry(struct fit *fit, const struct fit_image *image)
{
	if (image_runs(image) && !range_inside(image->entry, 1, image->load, image->size))
		return fit_fail(fit, ERR_FIT_ENTRY,
				"images/%s: entry 0x%lx lies outside of its 0x%lx bytes at 0x%lx",
				image->name, image->entry, image->size, image->load);
	return ERR_OK;
}

/* Gives each image its window: first those that must be somewhere, then those that need not. */
static enum err claim_all(struct fit *fit, const struct fit_policy *policy, struct memmap *map,
			  struct boot_images *images)
{
	enum err err = ERR_OK;

	for (unsigned int i = 0; !err && i < images->count; i++) {
		struct fit_image *image = &images->all[i];

		err = image_find_hashes(fit, image, policy->verify);
		if (!err)
			err = measure(fit, policy, images, image);
		if (!err && image->has_load)
			err = claim(fit, map, image, image->load, image->memory_size);
	}
	for (unsigned int i = 0; !err && i < images->count; i++) {
		struct fit_image *image = &images->all[i];

		if (!image->has_load) {
			err = place(fit, policy, map, images, image);
			if (!err)
				err = claim(fit, map, image, image->load, image->memory_size);
		}
		settle_entry(image);
		if (!err && !image->decompressor)
			err = check_entry(fit, image);
	}
	return err;
}

/* A kernel that has been verified says what it needs beyond its data: its BSS. */
static enum err claim_bss(struct fit *fit, struct memmap *map, struct fit_image *image)
{
	uint64_t claimed = image->memory_size, needed;
	enum err err;

	if (!image_is_linux(image))
		return ERR_OK;
	err = parse_header(fit, image, memmap_pointer(map, image->load), &needed);
	if (err || needed <= claimed)
		return err;
	image->memory_size = needed;
	return claim(fit, map, image, image->load + claimed, needed - claimed);
}

/* The image that comes next in the source, which may be a stream. */
static struct fit_image *next_in_source(struct boot_images *images)
{
	struct fit_image *next = NULL;

	for (unsigned int i = 0; i < images->count; i++) {
		struct fit_image *image = &images->all[i];

		if (!image->loaded && (!next || image->position < next->position))
			next = image;
	}
	return next;
}

/* Waits for the harts that hash. When something has failed by @err, what they have is wiped, too. */
static enum err finish_pending(struct fit *fit, const struct fit_policy *policy, struct memmap *map,
			       struct boot_images *images, enum err err)
{
	for (unsigned int i = 0; i < images->count; i++) {
		struct fit_image *image = &images->all[i];

		if (!image_is_pending(image))
			continue;
		err = image_finish(fit, policy->crew, image, memmap_pointer(map, image->load), err);
		if (!err)
			err = claim_bss(fit, map, image);
	}
	return err;
}

/*
 * A packed image is read to free memory and unpacked from there once it is verified. Its window
 * grows to what it takes, within the free memory behind it, with the same room to spare.
 */
static enum err load_packed(struct fit *fit, const struct fit_policy *policy, struct memmap *map,
			    struct boot_images *images, struct fit_image *image)
{
	uint64_t claimed = image->memory_size, room = claimed, spare, packed;
	/* What is free behind it is known when all kernels have said what they need. */
	enum err err = finish_pending(fit, policy, map, images, ERR_OK);
	unsigned int taken = map->taken_count;

	if (err)
		return err;
	err = memmap_find_high(map, image->size, PLACE_ALIGN, policy->place_below, &packed);
	if (err)
		return fit_fail(fit, err, "images/%s: no free memory to unpack 0x%lx bytes from",
				image->name, image->size);
	err = claim(fit, map, image, packed, image->size);
	if (!err)
		err = image_read(fit, NULL, image, memmap_pointer(map, packed));
	if (err)
		return err;
	spare = image == images->fdt ? fdt_room(policy, images) : 0;
	room += memmap_room(map, image->load + claimed) - spare;
	err = image_unpack(fit, image, memmap_pointer(map, packed),
			   memmap_pointer(map, image->load), room);
	map->taken_count = taken;
	image->memory_size = MAX(image->size + spare, claimed);
	if (!err && image->memory_size > claimed)
		err = claim(fit, map, image, image->load + claimed, image->memory_size - claimed);
	return err ? err : check_entry(fit, image);
}

static enum err load_all(struct fit *fit, const struct fit_policy *policy, struct memmap *map,
			 struct boot_images *images)
{
	struct fit_image *image;
	enum err err = ERR_OK;

	while (!err && (image = next_in_source(images))) {
		err = FIT_CAN_UNPACK && image->decompressor
			    ? load_packed(fit, policy, map, images, image)
			    : image_read(fit, policy->crew, image,
					 memmap_pointer(map, image->load));
		if (!err && !image_is_pending(image))
			err = claim_bss(fit, map, image);
		image->loaded = true;
	}
	return finish_pending(fit, policy, map, images, err);
}

/* In the order of the configuration's list; all[] has kept it. */
static enum err apply_overlays(struct fit *fit, const struct memmap *map,
			       struct boot_images *images)
{
	struct fit_image *base = images->fdt ? &images->all[images->fdt - images->all] : NULL;

	for (unsigned int i = 0; base && i < images->count; i++) {
		const struct fit_image *overlay = &images->all[i];
		void *dtb;
		enum err err;

		if (overlay->role != FIT_FDT || overlay == base)
			continue;
		dtb = memmap_pointer(map, base->load);
		err = dtb_check(dtb, base->size);
		if (!err)
			err = overlay_apply(dtb, base->memory_size,
					    memmap_pointer(map, overlay->load), overlay->size);
		if (err)
			return fit_fail(fit, err, "images/%s: as an overlay: %s", overlay->name,
					err_text(err));
		base->size = fdt_totalsize(dtb);
	}
	return ERR_OK;
}

static enum err check_signature(struct fit *fit, const struct fit_policy *policy, int configuration,
				struct boot_images *images)
{
	if (policy->verify != FIT_VERIFY_SIGNED)
		return ERR_OK;
	if (!policy->check_signature)
		return fit_fail(fit, ERR_FIT_NO_KEYS, "this build cannot check signatures");
	return policy->check_signature(fit, configuration, policy->keys, &images->signer);
}

enum err fit_load(struct fit *fit, const struct fit_policy *policy, struct memmap *map,
		  struct boot_images *images)
{
	unsigned int taken = map->taken_count;
	int configuration;
	enum err err;

	*images = (struct boot_images){ 0 };
	err = config_choose(fit, policy, &configuration);
	if (!err)
		err = check_signature(fit, policy, configuration, images);
	if (!err)
		err = config_read(fit, configuration, images);
	if (!err)
		err = claim_all(fit, policy, map, images);
	if (!err)
		err = load_all(fit, policy, map, images);
	if (!err)
		err = apply_overlays(fit, map, images);
	if (err)
		map->taken_count = taken;
	return err;
}
