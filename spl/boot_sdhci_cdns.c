/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot source "sd": SD cards behind Cadence's SD4HC, whose slot registers are those of the SD host
 * controller specification, behind some of its own.
 */
#include "drivers/mmc/sdhci.h"
#include "lib/bits.h"
#include "spl/boot_source.h"
#include "spl/disk.h"

#define MAX_CONTROLLERS 4
#define SLOT_REGISTERS 0x200

static struct controller {
	uint64_t base;
	struct sdhci_wiring wiring;
} controllers[MAX_CONTROLLERS];
static unsigned int controller_count;

static struct sdhci host;
static uint32_t boot_partition; /* hartline,emmc-boot-partition; 0: the user area */
static struct disk disk;

/* A line to a GPIO is one that the controller does not see. */
static struct sdhci_wiring wiring_of(const struct dt_node *node)
{
	struct sdhci_wiring wiring = {
		.no_detect = dt_has_prop(node, "broken-cd") || dt_has_prop(node, "cd-gpios") ||
			     dt_has_prop(node, "non-removable"),
		.no_protect = dt_has_prop(node, "disable-wp") || dt_has_prop(node, "wp-gpios"),
	};
	uint32_t lines = 1;

	dt_prop_u32(node, "clock-frequency", &wiring.clock_hz);
	dt_prop_u32(node, "max-frequency", &wiring.max_hz);
	dt_prop_u32(node, "bus-width", &lines);
	wiring.lines = (uint8_t)MIN(lines, 8u);
	return wiring;
}

static void visit(const struct dt_node *node)
{
	struct controller controller = { 0 };
	unsigned int i = 0;
	uint64_t size;

	if (node->depth == 1 && dt_name_is(node, "chosen"))
		dt_prop_u32(node, "hartline,emmc-boot-partition", &boot_partition);
	if (!dt_is_compatible(node, "cdns,sd4hc") || dt_reg(node, 0, &controller.base, &size))
		return;
	controller.wiring = wiring_of(node);
	while (i < controller_count && controllers[i].base != controller.base)
		i++;
	if (i == MAX_CONTROLLERS)
		return;
	controllers[i] = controller;
	if (i == controller_count)
		controller_count++;
}

static void forget(void)
{
	controller_count = 0;
}

static unsigned int count(void)
{
	return controller_count;
}

static enum err open(unsigned int index, struct source **source)
{
	const struct controller *controller = &controllers[index];
	enum err err = sdhci_open(&host, controller->base + SLOT_REGISTERS, &controller->wiring);

	if (!err && boot_partition)
		err = sdhci_select_boot_partition(&host, boot_partition);
	return err ? err : disk_open(&disk, &host.block, source);
}

static void close(void)
{
	sdhci_close(&host);
}

const struct boot_source boot_sdhci_cdns = {
	.name = "sd",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
	.disk = &disk,
};
