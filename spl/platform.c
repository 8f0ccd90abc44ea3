/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the machine's two device trees, each in one walk. */
#include "spl/platform.h"

#include <libfdt.h>
#include <stddef.h>

#include "drivers/timer/aclint.h"
#include "lib/bits.h"
#include "lib/clock.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "spl/board.h"
#include "spl/boot_source.h"
#include "spl/clock.h"
#include "spl/console.h"
#include "spl/probe.h"
#include "spl/watchdog.h"

/* No machine's tree is larger; garbage in a1 may claim anything. */
#define PREVIOUS_DTB_MAX 0x400000

/* Of the linker: what the SPL has of the memory, and where the control DTB may be. */
extern const char spl_memory[], __bss_end[], _end[], control_dtb_max_end[];

struct tree {
	struct platform *platform;
	bool is_control;
	struct dt dt;
	struct serial_search serial;
	struct aclint_search aclint;
};

static struct hart_desc harts[BOARD_MAX_HARTS];
static struct tree control, previous;
static const struct machine empty_machine = { .harts = harts, .hart_capacity = BOARD_MAX_HARTS };

/* What harts implement is the firmware's business; this stands in for lib/riscv/isa.c. */
struct isa isa_of(const struct dt_node *cpu)
{
	(void)cpu;
	return (struct isa){ 0 };
}

void platform_fit_in_ram(const struct dt_node *node, struct memory_range *range)
{
	uint32_t length;
	const uint8_t *numbers = dt_prop(node, "hartline,fit-ram", &length);
	struct memory_range found;

	if (!numbers || length != 2 * sizeof(uint64_t))
		return;
	found = (struct memory_range){ load_be64(numbers), load_be64(numbers + 8) };
	if (found.size && found.base <= UINT64_MAX - found.size)
		*range = found;
}

/* A property that is terminated strings; NULL: there is none. */
static const char *string_list(const struct dt_node *node, const char *name, uint32_t *size)
{
	const char *list = dt_prop(node, name, size);

	return list && *size && !list[*size - 1] ? list : NULL;
}

static const char *boot_order(const struct dt_node *chosen, uint32_t *size)
{
	int strap = board_strap();
	char name[32];
	const char *order = NULL;

	snprintf(name, sizeof(name), "hartline,boot-order-%d", strap);
	if (strap >= 0)
		order = string_list(chosen, name, size);
	return order ? order : string_list(chosen, "hartline,boot-order", size);
}

/* Two addresses, of one cell each, or of two. */
static void visit_environment(struct env_place *place, const struct dt_node *node)
{
	uint32_t length;
	const uint8_t *offsets = dt_prop(node, "hartline,environment-offsets", &length);

	dt_prop_u32(node, "hartline,environment-size", &place->size);
	for (unsigned int i = 0; i < 2 && offsets; i++) {
		if (length == 8)
			place->offset[i] = load_be32(offsets + 4 * i);
		else if (length == 16)
			place->offset[i] = load_be64(offsets + 8 * i);
	}
}

static void visit_chosen(struct platform *platform, const struct dt_node *node)
{
	const char *policy = dt_prop_string(node, "hartline,on-failure");
	const char *rollback = dt_prop_string(node, "hartline,rollback");

	platform->boot_order = boot_order(node, &platform->boot_order_size);
	platform->places = string_list(node, "hartline,fit", &platform->places_size);
	platform_fit_in_ram(node, &platform->fit_in_ram);
	platform->bootargs = dt_prop_string(node, "bootargs");
	platform->configuration = dt_prop_string(node, "hartline,configuration");
	if (SPL_SLOTS)
		visit_environment(&platform->environment, node);
	platform->rollback_required = rollback && !strcmp(rollback, "required");
	platform->reset_on_failure = policy && !strcmp(policy, "reset");
	platform->retry_on_failure = policy && !strcmp(policy, "retry");
	dt_prop_u32(node, "hartline,source-timeout", &platform->source_timeout_s);
	if (SPL_WATCHDOG) {
		dt_prop_u32(node, "hartline,watchdog", &platform->watchdog_s);
		platform->keep_watchdog = dt_has_prop(node, "hartline,keep-watchdog");
	}
}

static void visit_sram(struct platform *platform, const struct dt_node *node)
{
	uint64_t base, size;

	if (platform->sram_count < ARRAY_SIZE(platform->sram) && !dt_reg(node, 0, &base, &size) &&
	    size)
		platform->sram[platform->sram_count++] = (struct memory_range){ base, size };
}

static void visit_control(struct platform *platform, const struct dt_node *node)
{
	if (node->depth == 0)
		platform->compatible = dt_prop(node, "compatible", &platform->compatible_size);
	else if (node->depth == 1 && dt_name_is(node, "chosen"))
		visit_chosen(platform, node);
	else if (dt_is_compatible(node, "mmio-sram"))
		visit_sram(platform, node);
}

/* The previous stage knows its memory and harts better than the control DTB does. */
static bool is_superseded(const struct tree *tree, const struct dt_node *node)
{
	const char *type;

	if (!tree->is_control)
		return false;
	while (node->depth > 1)
		node = node->parent;
	type = dt_prop_string(node, "device_type");
	if (type && !strcmp(type, "memory"))
		return tree->platform->memory_is_previous;
	return dt_name_is(node, "cpus") && tree->platform->harts_are_previous;
}

static enum err visit(const struct dt_node *node, void *context)
{
	struct tree *tree = context;

	if (tree->is_control)
		visit_control(tree->platform, node);
	serial_visit(&tree->serial, node);
	aclint_visit(&tree->aclint, node);
	if (dt_is_enabled(node)) {
		boot_sources_visit(node);
		watchdog_visit(node);
	}
	return is_superseded(tree, node) ? ERR_OK : machine_visit(&tree->platform->machine, node);
}

static enum err walk_control(struct platform *platform)
{
	enum err err;

	control = (struct tree){ .platform = platform, .is_control = true };
	err = dt_open(&control.dt, _end, (size_t)(control_dtb_max_end - _end));
	if (!err)
		err = dt_walk(&control.dt, visit, &control);
	if (err)
		return ERR_SPL_CONTROL_DTB;
	platform->control_dtb = _end;
	platform->control_size = control.dt.total_size;
	return ERR_OK;
}

/* What is in a1 may be anything: it is looked at only where there is something to read. */
static enum err walk_previous(struct platform *platform, const void *blob)
{
	uintptr_t at = (uintptr_t)blob;
	enum err err;

	previous = (struct tree){ .platform = platform };
	if (!probe_is_readable(at, FDT_V17_SIZE) || fdt_magic(blob) != FDT_MAGIC ||
	    fdt_totalsize(blob) > PREVIOUS_DTB_MAX || !probe_is_readable(at, fdt_totalsize(blob)))
		return ERR_DT_HEADER;
	err = dt_open(&previous.dt, blob, PREVIOUS_DTB_MAX);
	return err ? err : dt_walk(&previous.dt, visit, &previous);
}

/* Whatever a bad tree left behind is forgotten. */
static void read_previous(struct platform *platform, const void *blob)
{
	if (walk_previous(platform, blob)) {
		platform->machine = empty_machine;
		boot_sources_forget();
		watchdog_forget();
		previous = (struct tree){ 0 };
		return;
	}
	platform->previous_dtb = blob;
	platform->previous_size = previous.dt.total_size;
	platform->memory_is_previous = platform->machine.memory_count > 0;
	platform->harts_are_previous = platform->machine.hart_count > 0;
}

const struct hart_desc *platform_hart(const struct platform *platform, uint64_t hartid)
{
	for (unsigned int i = 0; i < platform->machine.hart_count; i++) {
		if (harts[i].hartid == hartid)
			return &harts[i];
	}
	return NULL;
}

static void start_clock(const struct platform *platform)
{
	const struct hart_desc *self = platform_hart(platform, platform->hartid);

	if (self && probe_is_readable(self->mtime, sizeof(uint64_t)))
		clock_start(self->mtime, self->mtimecmp, platform->machine.timebase_hz);
	else
		clock_start(0, 0, 0);
}

static void start_console(void)
{
	const struct serial *serial = serial_choose(&control.serial);

	console_start(serial ? serial : serial_choose(&previous.serial));
}

enum err platform_discover(struct platform *platform, uint64_t hartid, const void *previous_dtb)
{
	enum err err;

	*platform = (struct platform){
		.machine = empty_machine,
		.spl = { (uintptr_t)spl_memory, (uintptr_t)(__bss_end - spl_memory) },
		.hartid = hartid,
	};
	read_previous(platform, previous_dtb);
	err = walk_control(platform);
	aclint_assign(platform->harts_are_previous ? &previous.aclint : &control.aclint,
		      &platform->machine);
	start_clock(platform);
	platform->started_us = clock_us();
	start_console();
	if (err)
		return err;
	if (!platform->machine.hart_count)
		return ERR_DT_NO_HARTS;
	return platform->machine.memory_count ? ERR_OK : ERR_DT_NO_MEMORY;
}
