/* SPDX-License-Identifier: BSD-2-Clause */
/* Intel gigabit controllers on PCI. */
#include "drivers/net/e1000e.h"
#include "spl/nic_source.h"
#include "spl/pci_hosts.h"

static struct pci_slot slot;
static struct e1000e e1000e;

static bool is_known(const struct pci_slot *candidate)
{
	return e1000e_knows(candidate->function->vendor, candidate->function->device);
}

static unsigned int count(void)
{
	return pci_hosts_count(is_known);
}

static enum err open(unsigned int index, struct nic_buffers *buffers, struct nic **nic)
{
	uint64_t base, size;
	enum err err;

	*nic = &e1000e.nic;
	e1000e.base = 0;
	pci_hosts_find(is_known, index, &slot);
	pci_enable(slot.host, slot.function);
	err = pci_bar(slot.host, slot.function, 0, &base, &size);
	return err ? err : e1000e_open(&e1000e, base, buffers);
}

static void close(void)
{
	if (e1000e.base)
		e1000e.nic.ops->stop(&e1000e.nic);
	pci_disable(slot.host, slot.function);
}

const struct nic_source nic_e1000e = {
	.visit = pci_hosts_visit,
	.forget = pci_hosts_forget,
	.count = count,
	.open = open,
	.close = close,
};
