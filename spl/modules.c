/* SPDX-License-Identifier: BSD-2-Clause */
/* Describing images that are for somebody else to start. */
#include "spl/modules.h"

#include <libfdt.h>

#include "lib/printf.h"
#include "lib/string.h"

#define IMAGE_PROPERTY "hartline,image"
#define CELLS 2 /* of /chosen when it does not say */

static const char *kind_of(const struct fit_image *image)
{
	switch (image->type) {
	case FIT_TYPE_KERNEL:
	case FIT_TYPE_KERNEL_NOLOAD:
	case FIT_TYPE_STANDALONE:
		return "multiboot,kernel";
	case FIT_TYPE_RAMDISK:
		return "multiboot,ramdisk";
	case FIT_TYPE_FLAT_DT:
		return "multiboot,device-tree";
	default:
		return NULL;
	}
}

static int set_compatible(void *dtb, int node, const struct fit_image *image)
{
	const char *kind = kind_of(image);
	int error = 0;

	if (kind)
		error = fdt_setprop_string(dtb, node, "compatible", kind);
	return error ? error : fdt_appendprop_string(dtb, node, "compatible", "multiboot,module");
}

static int append_cells(void *dtb, int node, int cells, uint64_t value)
{
	if (cells == 2)
		return fdt_appendprop_u64(dtb, node, "reg", value);
	if (cells != 1 || value >> 32)
		return -FDT_ERR_BADNCELLS;
	return fdt_appendprop_u32(dtb, node, "reg", (uint32_t)value);
}

static int set_reg(void *dtb, int node, const struct fit_image *image)
{
	int parent = fdt_parent_offset(dtb, node), error;
	int address_cells = fdt_address_cells(dtb, parent),
	    size_cells = fdt_size_cells(dtb, parent);

	fdt_delprop(dtb, node, "reg");
	error = append_cells(dtb, node, address_cells, image->load);
	return error ? error : append_cells(dtb, node, size_cells, image->size);
}

static int describe_in(void *dtb, int node, const struct fit_image *image)
{
	int error = 0;

	if (!fdt_getprop(dtb, node, "compatible", NULL))
		error = set_compatible(dtb, node, image);
	return error ? error : set_reg(dtb, node, image);
}

static int find_node(const void *dtb, int after, const struct fit_image *image)
{
	return fdt_node_offset_by_prop_value(dtb, after, IMAGE_PROPERTY, image->name,
					     (int)strlen(image->name) + 1);
}

static int add_node(void *dtb, const struct fit_image *image)
{
	int chosen = fdt_path_offset(dtb, "/chosen"), node, error = 0;
	char name[32];

	if (chosen < 0)
		return chosen;
	if (!fdt_getprop(dtb, chosen, "#address-cells", NULL))
		error = fdt_setprop_u32(dtb, chosen, "#address-cells", CELLS);
	if (!error && !fdt_getprop(dtb, chosen, "#size-cells", NULL))
		error = fdt_setprop_u32(dtb, chosen, "#size-cells", CELLS);
	if (error)
		return error;
	snprintf(name, sizeof(name), "module@%lx", image->load);
	node = fdt_add_subnode(dtb, chosen, name);
	return node < 0 ? node : describe_in(dtb, node, image);
}

static int describe(void *dtb, const struct fit_image *image)
{
	int node = find_node(dtb, -1, image), error = 0;

	if (node < 0)
		return add_node(dtb, image);
	/* A node's own properties do not move its beginning. */
	for (; !error && node >= 0; node = find_node(dtb, node, image))
		error = describe_in(dtb, node, image);
	return error;
}

enum err modules_describe(void *dtb, const struct boot_images *images,
			  const struct next_stage *stage)
{
	int error = 0;

	/* A new node becomes the first: backwards, they are in the order of the FIT, by which Xen guesses. */
	for (unsigned int i = images->count; !error && i--;) {
		const struct fit_image *image = &images->all[i];

		if (image->role == FIT_LOADABLE && image != stage->first && image != stage->next)
			error = describe(dtb, image);
	}
	if (error)
		return error == -FDT_ERR_NOSPACE ? ERR_DT_NO_SPACE : ERR_DT_STRUCTURE;
	return ERR_OK;
}
