/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot source "sd": SD cards behind SD host controllers on PCI. */
#include "drivers/mmc/sdhci.h"
#include "spl/boot_source.h"
#include "spl/disk.h"
#include "spl/pci_hosts.h"

static struct pci_slot slot;
static struct sdhci host;
static uint32_t boot_partition; /* hartline,emmc-boot-partition; 0: the user area */
static struct disk disk;

static void visit(const struct dt_node *node)
{
	pci_hosts_visit(node);
	if (node->depth == 1 && dt_name_is(node, "chosen"))
		dt_prop_u32(node, "hartline,emmc-boot-partition", &boot_partition);
}

static bool is_sdhci(const struct pci_slot *candidate)
{
	return candidate->function->class_code >> 8 == SDHCI_PCI_CLASS;
}

static unsigned int count(void)
{
	return pci_hosts_count(is_sdhci);
}

static enum err open(unsigned int index, struct source **source)
{
	static const struct sdhci_wiring wiring = { .lines = 8 };
	uint64_t base, size;
	enum err err;

	pci_hosts_find(is_sdhci, index, &slot);
	pci_enable(slot.host, slot.function);
	err = pci_bar(slot.host, slot.function, 0, &base, &size);
	if (!err)
		err = sdhci_open(&host, base, &wiring);
	if (!err && boot_partition)
		err = sdhci_select_boot_partition(&host, boot_partition);
	if (!err)
		err = disk_open(&disk, &host.block, source);
	return err;
}

static void close(void)
{
	if (host.base)
		sdhci_close(&host);
	host.base = 0;
	pci_disable(slot.host, slot.function);
}

const struct boot_source boot_sdhci = {
	.name = "sd",
	.visit = visit,
	.forget = pci_hosts_forget,
	.count = count,
	.open = open,
	.close = close,
	.disk = &disk,
};
