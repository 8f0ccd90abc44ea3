/* SPDX-License-Identifier: BSD-2-Clause */
/* Device tree overlays: libfdt applies them; what it does not check of them is checked here. */
#include "fit/overlay.h"

#include <libfdt.h>
#include <stdbool.h>

#include "lib/bits.h"
#include "lib/dt.h"
#include "lib/string.h"

/* 0: a build that refuses overlays. */
#ifndef FIT_OVERLAYS
#define FIT_OVERLAYS 1
#endif

#define LOCAL_FIXUPS "/__local_fixups__"
#define PATH_MAX_SIZE 512

static enum err accept(const struct dt_node *node, void *context)
{
	(void)node;
	(void)context;
	return ERR_OK;
}

/* As every compiler has them, and libfdt wants them: else it first builds the tree anew, wherever. */
static bool blocks_are_in_order(const void *dtb)
{
	uint64_t reservations = fdt_off_mem_rsvmap(dtb), structure = fdt_off_dt_struct(dtb);
	int count = reservations % 8 ? -1 : fdt_num_mem_rsv(dtb);

	return count >= 0 && reservations >= sizeof(struct fdt_header) &&
	       structure >=
		       reservations + ((uint64_t)count + 1) * sizeof(struct fdt_reserve_entry) &&
	       fdt_off_dt_strings(dtb) >= structure + fdt_size_dt_struct(dtb);
}

enum err dtb_check(const void *dtb, size_t capacity)
{
	struct dt dt;
	enum err err = dt_open(&dt, dtb, capacity);

	if (err)
		return err;
	if (fdt_check_header(dtb) || !blocks_are_in_order(dtb))
		return ERR_DT_HEADER;
	return dt_walk(&dt, accept, NULL);
}

/* All places that a node of the local fix-ups names lie inside the properties of @target. */
static bool places_exist(const void *overlay, int fixups, int target)
{
	int property;

	fdt_for_each_property_offset (property, overlay, fixups) {
		const char *name;
		int size, places_size;
		const uint8_t *places =
			fdt_getprop_by_offset(overlay, property, &name, &places_size);

		if (!places || !fdt_getprop(overlay, target, name, &size))
			return false;
		for (int i = 0; i + 4 <= places_size; i += 4) {
			if (size < 4 || load_be32(places + i) > (uint32_t)size - 4)
				return false;
		}
	}
	return true;
}

/* libfdt reads and writes wherever they say. */
static bool local_fixups_are_sane(const void *overlay)
{
	int node = fdt_path_offset(overlay, LOCAL_FIXUPS), depth = 0;

	for (; node >= 0 && depth >= 0; node = fdt_next_node(overlay, node, &depth)) {
		char path[PATH_MAX_SIZE];
		const char *of_target = path + sizeof(LOCAL_FIXUPS) - 1;
		int target;

		if (fdt_get_path(overlay, node, path, sizeof(path)))
			return false;
		target = fdt_path_offset(overlay, *of_target ? of_target : "/");
		if (target < 0 || !places_exist(overlay, node, target))
			return false;
	}
	return true;
}

enum err overlay_apply(void *dtb, size_t capacity, void *overlay, size_t overlay_size)
{
	enum err err = dtb_check(overlay, overlay_size);
	int error;

	if (!FIT_OVERLAYS)
		return ERR_UNSUPPORTED;
	if (!err)
		err = dtb_check(dtb, capacity);
	if (err)
		return err;
	if (!local_fixups_are_sane(overlay))
		return ERR_BOOT_OVERLAY;
	/* libfdt lets a root have a name, and others refuse what comes out. */
	if (*fdt_get_name(dtb, 0, NULL))
		return ERR_DT_STRUCTURE;
	error = fdt_open_into(dtb, dtb, (int)capacity);
	if (!error)
		error = fdt_overlay_apply(dtb, overlay);
	if (!error)
		error = fdt_pack(dtb);
	if (error)
		return error == -FDT_ERR_NOSPACE ? ERR_DT_NO_SPACE : ERR_BOOT_OVERLAY;
	return ERR_OK;
}
