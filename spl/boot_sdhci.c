/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot source "sd": SD cards behind SD host controllers on PCI. */
#include "drivers/mmc/sdhci.h"
#include "drivers/pci/pci.h"
#include "spl/boot_source.h"
#include "spl/disk.h"

static struct pci_host pci;
static bool has_host, scanned;
static const struct pci_function *function;
static struct sdhci host;
static struct disk disk;

static void visit(const struct dt_node *node)
{
	if (!has_host && dt_is_compatible(node, "pci-host-ecam-generic"))
		has_host = !pci_host_from_dt(&pci, node);
}

static void forget(void)
{
	has_host = false;
}

static unsigned int count(void)
{
	unsigned int n = 0;

	if (!has_host)
		return 0;
	if (!scanned) {
		scanned = true;
		if (pci_scan(&pci))
			has_host = false;
	}
	while (has_host && pci_find_class(&pci, SDHCI_PCI_CLASS, n))
		n++;
	return n;
}

static enum err open(unsigned int index, struct source **source)
{
	uint64_t base, size;
	enum err err;

	function = pci_find_class(&pci, SDHCI_PCI_CLASS, index);
	pci_enable(&pci, function);
	err = pci_bar(&pci, function, 0, &base, &size);
	if (!err)
		err = sdhci_open(&host, base, 0);
	if (!err)
		err = disk_open(&disk, &host.block);
	*source = &disk.source;
	return err;
}

static void close(void)
{
	if (host.base)
		sdhci_close(&host);
	host.base = 0;
	pci_disable(&pci, function);
}

const struct boot_source boot_sdhci = {
	.name = "sd",
	.visit = visit,
	.forget = forget,
	.count = count,
	.open = open,
	.close = close,
};
