/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot source "ram": a FIT that a debugger or the stage before has put into memory, at `hartline,fit-ram`
 * of /chosen. spl/memory.c keeps that memory free while images are loaded from it.
 */
#include "spl/boot_source.h"
#include "spl/mapped.h"
#include "spl/platform.h"
#include "spl/probe.h"

static struct memory_range where;
static struct mapped mapped;

static void visit(const struct dt_node *node)
{
	platform_fit_in_ram(node, &where);
}

static void forget(void)
{
	where.size = 0;
}

static unsigned int count(void)
{
	return where.size > 0;
}

static enum err open(unsigned int index, struct source **source)
{
	(void)index;
	mapped_open(&mapped, where.base, where.size, "RAM");
	*source = &mapped.source;
	return probe_is_readable(where.base, where.size) ? ERR_OK : ERR_MEMORY_NONE;
}

static void close(void) {}

const struct boot_source boot_ram = {
	.name = "ram",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
};
