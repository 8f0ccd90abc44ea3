/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot source "nvme": the namespaces of all NVMe controllers on PCI. */
#include "drivers/block/nvme.h"
#include "lib/bits.h"
#include "spl/boot_source.h"
#include "spl/disk.h"
#include "spl/pci_hosts.h"

#define MAX_CONTROLLERS 16u

static struct pci_slot slot;
static struct nvme nvme;
static struct disk disk;
static uint8_t namespaces[MAX_CONTROLLERS]; /* of each controller */
static bool counted;

static bool is_nvme(const struct pci_slot *candidate)
{
	return candidate->function->class_code == NVME_PCI_CLASS;
}

static enum err open_controller(unsigned int index)
{
	uint64_t base, size;
	enum err err;

	nvme.base = 0;
	pci_hosts_find(is_nvme, index, &slot);
	pci_enable(slot.host, slot.function);
	err = pci_bar(slot.host, slot.function, 0, &base, &size);
	return err ? err : nvme_open(&nvme, base);
}

static void close(void)
{
	if (nvme.base)
		nvme_close(&nvme);
	pci_disable(slot.host, slot.function);
}

/* Only a controller that runs knows its namespaces. One that does not start is a device that fails. */
static void count_namespaces(void)
{
	unsigned int controllers = MIN(pci_hosts_count(is_nvme), MAX_CONTROLLERS);

	for (unsigned int i = 0; i < controllers && !counted; i++) {
		namespaces[i] = open_controller(i) ? 1 : nvme.namespace_count;
		close();
	}
	counted = true;
}

static unsigned int count(void)
{
	unsigned int sum = 0;

	count_namespaces();
	for (unsigned int i = 0; i < MAX_CONTROLLERS; i++)
		sum += namespaces[i];
	return sum;
}

static enum err open(unsigned int index, struct source **source)
{
	unsigned int controller = 0;
	enum err err;

	while (index >= namespaces[controller])
		index -= namespaces[controller++];
	err = open_controller(controller);
	if (!err)
		err = nvme_select(&nvme, index);
	if (!err)
		err = disk_open(&disk, &nvme.block, source);
	return err;
}

const struct boot_source boot_nvme = {
	.name = "nvme",
	.visit = pci_hosts_visit,
	.forget = pci_hosts_forget,
	.count = count,
	.open = open,
	.close = close,
	.disk = &disk,
};
