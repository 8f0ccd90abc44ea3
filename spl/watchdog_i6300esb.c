/* SPDX-License-Identifier: BSD-2-Clause */
/* Intel's 6300ESB watchdog on PCI. */
#include "drivers/watchdog/i6300esb.h"

#include <stddef.h>

#include "spl/pci_hosts.h"
#include "spl/watchdog.h"

static struct pci_slot slot;
static struct i6300esb i6300esb;

static bool is_known(const struct pci_slot *candidate)
{
	return i6300esb_knows(candidate->function->vendor, candidate->function->device);
}

static struct watchdog *open(void)
{
	uint64_t base, size;

	if (!pci_hosts_find(is_known, 0, &slot) ||
	    pci_bar(slot.host, slot.function, 0, &base, &size))
		return NULL;
	pci_enable(slot.host, slot.function);
	i6300esb_open(&i6300esb, slot.host, slot.function, base);
	return &i6300esb.watchdog;
}

/* It counts without being reached. */
static void close(void)
{
	pci_disable(slot.host, slot.function);
}

const struct watchdog_source watchdog_i6300esb = {
	.visit = pci_hosts_visit,
	.forget = pci_hosts_forget,
	.open = open,
	.close = close,
};
