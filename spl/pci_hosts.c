/* SPDX-License-Identifier: BSD-2-Clause */
/* All PCI host bridges, scanned when the first boot source asks. */
#include "spl/pci_hosts.h"

#include <limits.h>

#define MAX_HOSTS 4

static struct pci_host hosts[MAX_HOSTS];
static unsigned int host_count;
static bool scanned;

void pci_hosts_visit(const struct dt_node *node)
{
	struct pci_host *host = &hosts[host_count];

	if (host_count == MAX_HOSTS || !dt_is_compatible(node, "pci-host-ecam-generic") ||
	    pci_host_from_dt(host, node))
		return;
	for (unsigned int i = 0; i < host_count; i++) {
		if (hosts[i].ecam == host->ecam)
			return;
	}
	host_count++;
}

void pci_hosts_forget(void)
{
	host_count = 0;
}

static void scan(void)
{
	if (scanned)
		return;
	scanned = true;
	for (unsigned int i = 0; i < host_count; i++)
		pci_scan(&hosts[i]);
}

/* Counts down @index; where it is 0 is the function. */
static bool find(pci_match_fn wanted, unsigned int *index, struct pci_slot *slot)
{
	scan();
	for (unsigned int h = 0; h < host_count; h++) {
		for (unsigned int f = 0; f < hosts[h].function_count; f++) {
			*slot = (struct pci_slot){ &hosts[h], &hosts[h].functions[f] };
			if (wanted(slot) && !(*index)--)
				return true;
		}
	}
	return false;
}

bool pci_hosts_find(pci_match_fn wanted, unsigned int index, struct pci_slot *slot)
{
	return find(wanted, &index, slot);
}

unsigned int pci_hosts_count(pci_match_fn wanted)
{
	struct pci_slot slot;
	unsigned int left = UINT_MAX;

	find(wanted, &left, &slot);
	return UINT_MAX - left;
}
