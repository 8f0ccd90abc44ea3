/* SPDX-License-Identifier: BSD-2-Clause */
/* All PCI host bridges, scanned when the first boot source asks. */
#include "spl/pci_hosts.h"

#include <limits.h>

#include "lib/printf.h"

#define MAX_HOSTS 4

static struct pci_host hosts[MAX_HOSTS];
static unsigned int host_count;
static bool scanned, wants_list;

void pci_hosts_visit(const struct dt_node *node)
{
	struct pci_host *host = &hosts[host_count];

	if (node->depth == 1 && dt_name_is(node, "chosen"))
		wants_list = dt_has_prop(node, "hartline,list-pci");
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

/* As `lspci` would show it, with what BARs ask for. */
static void print_function(const struct pci_function *function)
{
	unsigned int bars = function->is_bridge ? PCI_BRIDGE_BARS : PCI_RESOURCES;

	printf("  %02x:%02x.%x %04x:%04x class %06x", PCI_BUS(function->bdf),
	       PCI_DEVICE(function->bdf), PCI_FUNCTION(function->bdf), function->vendor,
	       function->device, function->class_code);
	for (unsigned int n = 0; n < bars; n++) {
		const struct pci_resource *bar = &function->resources[n];

		if (bar->size)
			printf(", bar%u %s%s%s 0x%lx%s", n, bar->space == PCI_IO ? "io" : "mem",
			       bar->is_64bit ? "64" : "", bar->prefetchable ? "p" : "", bar->size,
			       bar->placed ? "" : " (no room)");
	}
	printf("\n");
}

static void scan_host(struct pci_host *host)
{
	enum err err = pci_scan(host);

	if (!SPL_PCI_LIST || !wants_list)
		return;
	printf("PCI at 0x%lx, buses %02x-%02x\n", host->ecam, host->first_bus, host->last_bus);
	if (err)
		printf("  E%03d %s\n", err, err_text(err));
	for (unsigned int i = 0; i < host->function_count; i++)
		print_function(&host->functions[i]);
	if (host->incomplete)
		printf("  there is more than is shown, or has room\n");
}

static void scan(void)
{
	if (scanned)
		return;
	scanned = true;
	for (unsigned int i = 0; i < host_count; i++)
		scan_host(&hosts[i]);
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
