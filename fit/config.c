/* SPDX-License-Identifier: BSD-2-Clause */
/* Configurations: which one is meant, and what the tree says of the images that it names. */
#include <libfdt.h>

#include "fit/dtb.h"
#include "fit/internal.h"
#include "fit/tree.h"
#include "lib/bits.h"
#include "lib/string.h"

#define NO_RANK UINT32_MAX

/* Without pointers: each would need a relocation. */
struct keyword {
	char text[15];
	uint8_t value;
};

/* A word of the format as a number, letters of any case; 0 for words that mean nothing here. */
static unsigned int lookup(const struct keyword *words, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcasecmp(words[i].text, text))
			return words[i].value;
	}
	return 0;
}

static const struct keyword types[] = {
	{ "firmware", FIT_TYPE_FIRMWARE },
	{ "kernel", FIT_TYPE_KERNEL },
	{ "kernel_noload", FIT_TYPE_KERNEL_NOLOAD },
	{ "standalone", FIT_TYPE_STANDALONE },
	{ "ramdisk", FIT_TYPE_RAMDISK },
	{ "flat_dt", FIT_TYPE_FLAT_DT },
};

static const struct keyword oses[] = {
	{ "linux", FIT_OS_LINUX },
	{ "opensbi", FIT_OS_OPENSBI },
	{ "u-boot", FIT_OS_U_BOOT },
};

/* The types that an image may have in a role. */
static const uint16_t types_of_role[] = {
	[FIT_FIRMWARE] = BIT(FIT_TYPE_FIRMWARE) | BIT(FIT_TYPE_STANDALONE) | BIT(FIT_TYPE_KERNEL),
	[FIT_KERNEL] = BIT(FIT_TYPE_KERNEL) | BIT(FIT_TYPE_KERNEL_NOLOAD) |
		       BIT(FIT_TYPE_STANDALONE) | BIT(FIT_TYPE_FIRMWARE),
	[FIT_LOADABLE] = UINT16_MAX,
	[FIT_RAMDISK] = BIT(FIT_TYPE_RAMDISK),
	[FIT_FDT] = BIT(FIT_TYPE_FLAT_DT),
};

/* The node of an image; negative when there is none. */
static int image_node(const struct fit *fit, const char *name)
{
	int parent = fdt_subnode_offset(fit->tree, 0, "images");

	return parent < 0 ? parent : fdt_subnode_offset(fit->tree, parent, name);
}

/* Where the data of an image is: embedded, or outside of the metadata. */
static enum err find_data(struct fit *fit, struct fit_image *image)
{
	const struct tree_data *data = fdt_getprop(fit->tree, image->node, "data", NULL);
	uint64_t source_size = fit->source->size ? fit->source->size : UINT64_MAX;
	bool has_offset, has_position, has_size;
	uint64_t offset, position;
	enum err err;

	err = fit_number(fit, image->node, "data-offset", &offset, &has_offset);
	if (!err)
		err = fit_number(fit, image->node, "data-position", &position, &has_position);
	if (!err)
		err = fit_number(fit, image->node, "data-size", &image->size, &has_size);
	if (err)
		return err;

	if (!!data + has_offset + has_position != 1 || !!data == has_size)
		return fit_fail(fit, ERR_FIT_PROPERTY,
				"images/%s: its data is nowhere, or in two places", image->name);
	if (data) {
		image->position = load_be64(data->position);
		image->size = load_be64(data->size);
	} else {
		image->position = has_offset ? fit->data_base + offset : position;
	}
	if (!image->size)
		return fit_fail(fit, ERR_FIT_PROPERTY, "images/%s: its data is empty", image->name);
	if (!data && image->position < fit->data_base) /* or wrapped */
		return fit_fail(fit, ERR_FIT_PROPERTY,
				"images/%s: its data would be at 0x%lx, inside the metadata",
				image->name, image->position);
	if (!range_inside(image->position, image->size, 0, source_size))
		return fit_fail(fit, ERR_SOURCE_END,
				"images/%s: 0x%lx bytes at 0x%lx, but %s has only 0x%lx",
				image->name, image->size, image->position, fit->source->name,
				source_size);
	return ERR_OK;
}

/* The place of the first string of the board's list that is in @list. */
static uint32_t rank_of(const struct fit_policy *policy, const char *list, int size)
{
	const char *own = policy->compatible;
	size_t left = policy->compatible_size;

	for (uint32_t rank = 0; left; rank++) {
		size_t length = strnlen(own, left);

		if (length == left)
			break;
		if (fit_list_has(list, (size_t)size, own))
			return rank;
		own += length + 1;
		left -= length + 1;
	}
	return NO_RANK;
}

/* How well a configuration fits: by its own list, else by that in its DTB. */
static uint32_t rank_of_configuration(struct fit *fit, const struct fit_policy *policy, int node)
{
	uint8_t buffer[DTB_COMPATIBLE_BUFFER];
	struct fit_image image;
	const char *list, *name;
	int size;

	list = fdt_getprop(fit->tree, node, "compatible", &size);
	if (list)
		return rank_of(policy, list, size);
	name = fdt_stringlist_get(fit->tree, node, "fdt", 0, NULL);
	if (!name)
		return NO_RANK;
	image.name = name;
	image.node = image_node(fit, name);
	if (image.node < 0 || find_data(fit, &image))
		return NO_RANK;
	list = dtb_compatible(fit->source, image.position, image.size, buffer, &size);
	return list ? rank_of(policy, list, size) : NO_RANK;
}

/* The configuration that fits the board best; @otherwise wins ties and when there is none. */
static int best_match(struct fit *fit, const struct fit_policy *policy, int parent, int otherwise)
{
	uint32_t best_rank = NO_RANK;
	int best = otherwise, node;

	fdt_for_each_subnode (node, fit->tree, parent) {
		uint32_t rank = rank_of_configuration(fit, policy, node);

		if (rank < best_rank || (rank == best_rank && node == otherwise)) {
			best_rank = rank;
			best = node;
		}
	}
	return best;
}

enum err config_choose(struct fit *fit, const struct fit_policy *policy, int *configuration)
{
	int parent = fdt_subnode_offset(fit->tree, 0, "configurations");
	const char *name = policy->configuration;
	enum err err;

	if (parent < 0)
		return fit_fail(fit, ERR_FIT_CONFIGURATION, "there are no configurations");
	if (!name) {
		err = fit_string(fit, parent, "default", 0, &name);
		if (err)
			return err;
	}
	*configuration = name ? fdt_subnode_offset(fit->tree, parent, name) : -FDT_ERR_NOTFOUND;
	if (!policy->configuration && policy->compatible)
		*configuration = best_match(fit, policy, parent, *configuration);
	/* What is wrong with those that are not chosen. */
	fit->message[0] = '\0';
	if (*configuration >= 0)
		return ERR_OK;
	if (name)
		return fit_fail(fit, ERR_FIT_CONFIGURATION, "there is no configurations/%s", name);
	return fit_fail(fit, ERR_FIT_CONFIGURATION,
			"no configuration is for this board, and none is the default");
}

static enum err read_keyword(struct fit *fit, const struct fit_image *image, const char *property,
			     const struct keyword *words, size_t count, unsigned int *value)
{
	const char *text;
	enum err err = fit_string(fit, image->node, property, 0, &text);

	*value = !err && text ? lookup(words, count, text) : 0;
	return err;
}

static enum err read_type(struct fit *fit, struct fit_image *image)
{
	unsigned int type, os;
	enum err err = read_keyword(fit, image, "type", types, ARRAY_SIZE(types), &type);

	if (!err)
		err = read_keyword(fit, image, "os", oses, ARRAY_SIZE(oses), &os);
	if (err)
		return err;
	image->type = type;
	image->os = os;
	return ERR_OK;
}

/* What a kernel is compressed with is our matter; a ramdisk's compression is the kernel's. */
static enum err read_format(struct fit *fit, struct fit_image *image)
{
	const char *arch, *compression;
	enum err err = fit_string(fit, image->node, "arch", 0, &arch);

	if (!err)
		err = fit_string(fit, image->node, "compression", 0, &compression);
	if (err)
		return err;
	if (arch ? strcasecmp(arch, "riscv") : image_runs(image))
		return fit_fail(fit, ERR_FIT_ARCH, "images/%s: arch is \"%s\", expected \"riscv\"",
				image->name, arch ? arch : "");
	if (compression && strcasecmp(compression, "none") && image->role != FIT_RAMDISK)
		image->decompressor = decompressor_by_name(compression);
	else
		compression = NULL;
	if (compression && !image->decompressor)
		return fit_fail(fit, ERR_FIT_COMPRESSION,
				"images/%s: compression \"%s\" is not built in (BOARD_COMPRESSION)",
				image->name, compression);
	if (fdt_subnode_offset(fit->tree, image->node, "cipher") >= 0)
		return fit_fail(fit, ERR_FIT_ENCRYPTED, "images/%s: is encrypted", image->name);
	return ERR_OK;
}

/*
 * Where an image wants to go. U-Boot's users write 0 for a ramdisk or DTB that may go anywhere; the
 * entry of a kernel_noload counts from its start, wherever that will be.
 */
static enum err read_addresses(struct fit *fit, struct fit_image *image)
{
	bool can_be_placed = image->type == FIT_TYPE_KERNEL_NOLOAD || image->role == FIT_RAMDISK ||
			     image->role == FIT_FDT;
	enum err err = fit_number(fit, image->node, "load", &image->load, &image->has_load);

	if (!err)
		err = fit_number(fit, image->node, "entry", &image->entry, &image->has_entry);
	if (err)
		return err;
	if (can_be_placed && (!image->load || image->type == FIT_TYPE_KERNEL_NOLOAD))
		image->has_load = false;
	if (!image->has_load && !can_be_placed)
		return fit_fail(fit, ERR_FIT_PROPERTY, "images/%s: has no load address",
				image->name);
	return ERR_OK;
}

static enum err read_image(struct fit *fit, struct fit_image *image)
{
	enum err err = read_format(fit, image);

	if (!err)
		err = read_addresses(fit, image);
	if (!err)
		err = find_data(fit, image);
	image->memory_size = image->size;
	return err;
}

/* Adds an image to those to be loaded. One that has another role already is loaded once. */
static enum err add_image(struct fit *fit, struct boot_images *images, enum fit_role role,
			  const char *name)
{
	int node = image_node(fit, name);
	struct fit_image *image = images->all;
	enum err err = ERR_OK;
	bool is_new;

	if (node < 0)
		return fit_fail(fit, ERR_FIT_NO_IMAGE, "configurations/%s: there is no images/%s",
				images->configuration, name);
	while (image < images->all + images->count && image->node != node)
		image++;
	if (image == images->all + FIT_MAX_IMAGES)
		return fit_fail(fit, ERR_FIT_TOO_MANY, "configurations/%s: more than %d images",
				images->configuration, FIT_MAX_IMAGES);
	is_new = image == images->all + images->count;
	if (is_new) {
		images->count++;
		*image = (struct fit_image){
			.name = fdt_get_name(fit->tree, node, NULL),
			.role = role,
			.node = node,
		};
		err = read_type(fit, image);
	}
	if (err)
		return err;
	if (!(types_of_role[role] & BIT(image->type)))
		return fit_fail(fit, ERR_FIT_TYPE, "images/%s: its type does not go with its use",
				image->name);
	return is_new ? read_image(fit, image) : ERR_OK;
}

static const struct fit_image *first(const struct boot_images *images, enum fit_role role)
{
	for (unsigned int i = 0; i < images->count; i++) {
		if (images->all[i].role == role)
			return &images->all[i];
	}
	return NULL;
}

static const struct fit_image *next_stage(const struct boot_images *images)
{
	if (images->kernel)
		return images->kernel;
	for (unsigned int i = 0; i < images->count; i++) {
		const struct fit_image *image = &images->all[i];

		/* What runs has had its arch and its entry checked. */
		if (image->role == FIT_LOADABLE && image_runs(image) &&
		    (image->os == FIT_OS_U_BOOT || image->type != FIT_TYPE_FIRMWARE))
			return image;
	}
	return NULL;
}

/* `cmdline` is FIT's name; hartline knew `bootargs` first. */
static enum err read_cmdline(struct fit *fit, int configuration, struct boot_images *images)
{
	enum err err = fit_string(fit, configuration, "cmdline", 0, &images->bootargs);

	if (!err && !images->bootargs)
		err = fit_string(fit, configuration, "bootargs", 0, &images->bootargs);
	if (!err && images->bootargs && strlen(images->bootargs) > FIT_CMDLINE_MAX)
		return fit_fail(fit, ERR_FIT_PROPERTY,
				"configurations/%s: its cmdline is longer than %d characters",
				images->configuration, FIT_CMDLINE_MAX);
	return err;
}

enum err config_read(struct fit *fit, int configuration, struct boot_images *images)
{
	/* Loadables come last: what has a use already keeps it. */
	static const struct {
		const char *property;
		enum fit_role role;
	} uses[] = {
		{ "firmware", FIT_FIRMWARE }, { "kernel", FIT_KERNEL },	     { "fdt", FIT_FDT },
		{ "ramdisk", FIT_RAMDISK },   { "loadables", FIT_LOADABLE },
	};
	bool present;
	enum err err;

	images->configuration = fdt_get_name(fit->tree, configuration, NULL);
	err = read_cmdline(fit, configuration, images);
	if (!err)
		err = fit_number(fit, configuration, "rollback-index", &images->rollback_index,
				 &present);
	if (err)
		return err;
	for (size_t u = 0; u < ARRAY_SIZE(uses); u++) {
		for (int i = 0;; i++) {
			const char *name;

			err = fit_string(fit, configuration, uses[u].property, i, &name);
			if (!err && name)
				err = add_image(fit, images, uses[u].role, name);
			if (err)
				return err;
			if (!name)
				break;
		}
	}
	if (!images->count)
		return fit_fail(fit, ERR_FIT_NO_IMAGE, "configurations/%s: names no image",
				images->configuration);
	images->firmware = first(images, FIT_FIRMWARE);
	images->kernel = first(images, FIT_KERNEL);
	images->fdt = first(images, FIT_FDT);
	images->ramdisk = first(images, FIT_RAMDISK);
	images->next = next_stage(images);
	return ERR_OK;
}
