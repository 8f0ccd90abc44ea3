/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DTB fix-ups (Devicetree Specification 3.4 and 3.6; Linux, Documentation/devicetree/bindings/chosen
 * and Documentation/arch/riscv/boot.rst).
 */
#include "spl/fixup.h"

#include <libfdt.h>

#include "fit/overlay.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "spl/harts.h"

static int find_memory(const void *dtb)
{
	return fdt_node_offset_by_prop_value(dtb, -1, "device_type", "memory", sizeof("memory"));
}

/* A number of @cells (1 or 2) cells. */
static fdt32_t *put_cells(fdt32_t *to, int cells, uint64_t value)
{
	if (cells == 2)
		*to++ = cpu_to_fdt32((uint32_t)(value >> 32));
	*to++ = cpu_to_fdt32((uint32_t)value);
	return to;
}

static int add_memory(void *dtb, const struct memory_range *range)
{
	int address_cells = fdt_address_cells(dtb, 0), size_cells = fdt_size_cells(dtb, 0);
	fdt32_t reg[4], *end;
	char name[32];
	int node, error;

	if (address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2 ||
	    (address_cells == 1 && range->base >> 32) || (size_cells == 1 && range->size >> 32))
		return -FDT_ERR_BADNCELLS;
	end = put_cells(reg, address_cells, range->base);
	end = put_cells(end, size_cells, range->size);
	snprintf(name, sizeof(name), "memory@%lx", range->base);
	node = fdt_add_subnode(dtb, 0, name);
	if (node < 0)
		return node;
	error = fdt_setprop_string(dtb, node, "device_type", "memory");
	return error ? error : fdt_setprop(dtb, node, "reg", reg, (end - reg) * (int)sizeof(*reg));
}

static int fix_memory(void *dtb, const struct machine *machine)
{
	int error = 0, node;

	while (!error && (node = find_memory(dtb)) >= 0)
		error = fdt_del_node(dtb, node);
	for (unsigned int i = machine->memory_count; !error && i--;)
		error = add_memory(dtb, &machine->memory[i]);
	return error;
}

static int append_bootargs(void *dtb, int node, const char *more)
{
	int length;
	char *bootargs = fdt_getprop_w(dtb, node, "bootargs", &length);

	if (bootargs && length > 1)
		bootargs[length - 1] = ' ';
	else if (bootargs)
		fdt_delprop(dtb, node, "bootargs");
	return fdt_appendprop_string(dtb, node, "bootargs", more);
}

static int fix_chosen(void *dtb, const struct fixups *fixups)
{
	int node = fdt_path_offset(dtb, "/chosen");
	int error;

	if (node == -FDT_ERR_NOTFOUND)
		node = fdt_add_subnode(dtb, 0, "chosen");
	if (node < 0)
		return node;
	error = fdt_setprop_u32(dtb, node, "boot-hartid", (uint32_t)fixups->boot_hart);
	if (!error && fixups->bootargs)
		error = fdt_setprop_string(dtb, node, "bootargs", fixups->bootargs);
	if (SPL_SLOTS && !error && fixups->more_bootargs)
		error = append_bootargs(dtb, node, fixups->more_bootargs);
	if (error)
		return error;
	if (!fixups->initrd_end) {
		fdt_delprop(dtb, node, "linux,initrd-start");
		fdt_delprop(dtb, node, "linux,initrd-end");
		return 0;
	}
	error = fdt_setprop_u64(dtb, node, "linux,initrd-start", fixups->initrd_start);
	return error ? error : fdt_setprop_u64(dtb, node, "linux,initrd-end", fixups->initrd_end);
}

/* The number of a /cpus/cpu@n node. */
static bool read_hartid(const void *dtb, int cpus, int node, uint64_t *hartid)
{
	int length, cells = fdt_address_cells(dtb, cpus);
	const fdt32_t *reg = fdt_getprop(dtb, node, "reg", &length);

	if (!reg || (cells != 1 && cells != 2) || length < cells * 4)
		return false;
	*hartid = fdt32_ld(reg);
	if (cells == 2)
		*hartid = *hartid << 32 | fdt32_ld(reg + 1);
	return true;
}

static bool is_missing(const struct platform *platform, uint64_t hartid)
{
	const struct hart_desc *hart = platform_hart(platform, hartid);

	return hart && hart->enabled &&
	       hart_state((unsigned int)(hart - platform->machine.harts)) == HART_MISSING;
}

static int fix_harts(void *dtb, const struct platform *platform)
{
	int cpus = fdt_path_offset(dtb, "/cpus");
	int node, error = 0;
	uint64_t hartid;

	if (cpus < 0)
		return cpus;
	fdt_for_each_subnode (node, dtb, cpus) {
		if (error)
			break;
		if (read_hartid(dtb, cpus, node, &hartid) && is_missing(platform, hartid))
			error = fdt_setprop_string(dtb, node, "status", "fail");
	}
	return error;
}

enum err fixup_dtb(void *dtb, size_t size, size_t capacity, const struct platform *platform,
		   const struct fixups *fixups)
{
	enum err err = dtb_check(dtb, size);
	int error;

	if (err)
		return err;
	error = fdt_open_into(dtb, dtb, (int)capacity);
	if (!error && !fixups->keep_memory)
		error = fix_memory(dtb, &platform->machine);
	if (!error)
		error = fix_harts(dtb, platform);
	if (!error)
		error = fix_chosen(dtb, fixups);
	/* Not packed: who comes next has room to edit it. */
	if (!error)
		fdt_set_boot_cpuid_phys(dtb, (uint32_t)fixups->boot_hart);
	if (error)
		return error == -FDT_ERR_NOSPACE ? ERR_DT_NO_SPACE : ERR_DT_STRUCTURE;
	return ERR_OK;
}
